"""What is looked at: an instruction that can be read, and the part of a scene that an area cuts out."""

import re
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.extraction.memory import check_memory
from spexlab.scene.area import Area, AreaLike

LONGEST_INSTRUCTION = 2_000
"""Characters. Two thousand say a great deal; more is a file pasted by mistake, and would slow every window."""

# A tag or a chat marker, but not "NDVI < 0.3 and > 0.1".
_MARKUP = re.compile(r"<[A-Za-z/!|?][^>]*>")


def check_instruction(instruction: str) -> str:
    """An instruction on one line.

    Raises
    ------
    ValueError
        If it is empty, too long, or holds markup.
    """
    if not isinstance(instruction, str) or not instruction.strip():
        raise ValueError('an instruction must say what to look for, but it is empty; type something like "vegetation".')
    if len(instruction) > LONGEST_INSTRUCTION:
        raise ValueError(
            f"an instruction has at most {LONGEST_INSTRUCTION:,} characters, but this one has {len(instruction):,}; shorten it."
        )
    markup = _MARKUP.search(instruction)
    if markup:
        raise ValueError(f"an instruction must be plain words, but this one holds markup ({markup.group()[:40]!r}); take it out.")
    return " ".join(instruction.split())


@dataclass(frozen=True, eq=False)
class View:
    """The part of a scene that is looked at."""

    scene: xr.DataArray
    """The whole scene: windows at the area's edge look beyond it."""
    clipped: xr.DataArray
    """The scene cut to the area's bounding box."""
    origin: tuple[int, int]
    """Row and column of the clipped scene's first pixel in the scene."""
    inside: NDArray[np.bool_]
    """(H, W) pixels in the area."""
    area: Area | None
    """None is everywhere."""

    @classmethod
    def of(cls, scene: xr.DataArray, area: AreaLike | None) -> "View":
        """What an area, None being everywhere, shows of a scene."""
        area = None if area is None else Area.of(area)
        rows, columns = (slice(0, None), slice(0, None)) if area is None else area.window(scene)
        clipped = scene.isel(y=rows, x=columns)
        shape = clipped.sizes["y"], clipped.sizes["x"]
        check_memory(shape, layers=1, lazy=clipped.chunks is not None)
        inside = np.broadcast_to(np.True_, shape) if area is None else area.mask(clipped)
        return cls(scene, clipped, (rows.start, columns.start), inside, area)

    @property
    def lazy(self) -> bool:
        """Whether the scene is read as it is looked at: then the answer is kept on disk, too."""
        return self.clipped.chunks is not None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the area."""
        return self.clipped.sizes["y"], self.clipped.sizes["x"]
