"""Labelled places: what is known of a scene's pixels, target by target, and where the label may be trusted.

A *place* is a scene with a label raster on its grid. Places that share a `group` are the same spot on earth and never stand on
both sides of a split.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.prior import spectral_prior
from spexlab.scene import open_scene, pixel_size
from spexlab.targets import CLASSES, COARSE_PIXEL, KNOWN_NEGATIVE, TARGETS, label_codes


@dataclass(frozen=True, eq=False)
class Place:
    """A scene with labels."""

    name: str
    """Identifier of the scene."""
    group: str
    """The spot on earth: never on both sides of a split."""
    scene: xr.DataArray
    """Reflectance (band, y, x)."""
    labels: NDArray[np.uint8]
    """Codes of `spexlab.targets`, (H, W)."""
    complete_for: tuple[str, ...] | None = None
    """Classes that the source labelled exhaustively, or unions of them that it does not part; None where all classes are."""
    quality: str = "good"
    """good, fair, coarse or poor; poor labels are for looking only."""
    trainable: bool = True
    """Whether licence and quality allow training on it."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Other fields of its manifest record."""
    taught: NDArray[np.uint8] | None = None
    """Probability of every target, (T, H, W) in 255ths, as a teacher sees it that never saw this group; None: nobody taught."""

    @property
    def pixel_size(self) -> float | None:
        """Metres, None if unknown."""
        return pixel_size(self.scene)

    def truth(self, target: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Where the label shows a target, and where it knows, both (H, W); see `target_labels`."""
        return target_labels(self.labels, target, complete_for=self.complete_for, pixel_size=self.pixel_size)

    def learnable(self, target: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """The same, known only where it is not in doubt."""
        present, known = self.truth(target)
        return present, known & ~self.doubtful_water if target == "water" else known

    @cached_property
    def doubtful_water(self) -> NDArray[np.bool_]:
        """Pixels (H, W) whose label as water, or as vegetation, the water index contradicts: nothing to learn water from.

        Flood maps call drowned woods water, global maps keep ponds that were dry on the day and miss small ones. Both sides of the
        doubt are left out: to drop wet labels alone would teach that mixed pixels are land. Snow, bare and built-up land stay, as
        there the index is known to err.
        """
        prior = spectral_prior(self.scene, "water")
        if prior is None:
            return np.zeros(self.labels.shape, dtype=bool)
        water = self.labels == CLASSES["water"]
        green = np.isin(self.labels, label_codes("vegetation"))
        doubtful: NDArray[np.bool_] = (water & (prior.signed < -0.25)) | (green & (prior.signed > -0.02))
        return doubtful


def open_places(folder: str | Path) -> Iterator[Place]:
    """Read the labelled scenes of a folder with a ``manifest.json``, ``scenes/`` and ``labels/``.

    Parameters
    ----------
    folder
        The manifest holds ``scenes``: records with ``id``, ``group``, ``files`` (``scene``, ``label``), ``label_quality``,
        ``complete_for``, ``non_commercial``.

    Raises
    ------
    FileNotFoundError
        If the folder holds no manifest.
    ValueError
        If the manifest lacks what is needed; the message says what.
    """
    manifest = Path(folder) / "manifest.json"
    if not manifest.is_file():
        message = f"a folder of labelled scenes holds a manifest.json; there is none in {str(folder)!r}. Give the folder's path."
        raise FileNotFoundError(message)
    for record in _read_manifest(manifest):
        yield _open_place(Path(folder), record)


def _read_manifest(path: Path) -> list[dict[str, Any]]:
    """Records of the scenes with a label, each whole."""
    try:
        records = json.loads(path.read_text(encoding="utf-8"))["scenes"]
        labelled = [record for record in records if record.get("files", {}).get("label")]
        for record in labelled:
            record["id"], record["group"], record["files"]["scene"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"a manifest lists scenes, each with id, group and files (scene, label), but reading {str(path)!r} failed "
            f"({type(error).__name__}: {error}); mend it."
        ) from error
    return labelled


def _open_place(folder: Path, record: dict[str, Any]) -> Place:
    scene = open_scene(folder / record["files"]["scene"])
    if pixel_size(scene) is None:
        scene.attrs["pixel_size_m"] = record.get("pixel_size_m")
    with rasterio.open(folder / record["files"]["label"]) as source:
        labels = source.read(1)
    complete = record.get("complete_for")
    quality = record.get("label_quality") or "poor"
    return Place(
        name=record["id"],
        group=record["group"],
        scene=scene,
        labels=labels,
        complete_for=tuple(complete) if complete else None,
        quality=quality,
        trainable=quality != "poor" and not record.get("non_commercial", False),
        extra=record,
    )


def target_labels(
    labels: NDArray[np.uint8],
    target: str,
    *,
    complete_for: tuple[str, ...] | None = None,
    pixel_size: float | None = None,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where a target is, and where that is known, both (H, W).

    Unlabelled pixels and clouds are unknown. A source that is complete for some classes only says nothing about a target that has
    others: where it shows such a target and nothing else, everything known would be the target. Nor does one that is complete for
    a union, such as "vegetation", say anything about its parts.
    """
    if pixel_size is not None and pixel_size >= COARSE_PIXEL:
        target = TARGETS[target].at_coarse
    present = np.isin(labels, label_codes(target))
    if complete_for is None:
        return present, np.isin(labels, list(CLASSES.values()))
    if not (TARGETS[target].members <= set(complete_for) or (target not in CLASSES and target in complete_for)):
        return np.zeros_like(present), np.zeros_like(present)
    return present, np.isin(labels, [*CLASSES.values(), KNOWN_NEGATIVE])
