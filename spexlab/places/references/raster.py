"""A label raster as a reference: what is there, pixel by pixel."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.places.references.kinds import MOST, kind_of
from spexlab.scene.masks import bring
from spexlab.scene.raw import Raw

Truth = tuple[NDArray[np.bool_], NDArray[np.bool_]]
"""Where a target is, and where that is known, both (H, W)."""


@dataclass(frozen=True, eq=False)
class LabelRaster:
    """A raster of labels."""

    labels: xr.DataArray
    """(band, y, x) numbers, NaN where nothing is said."""
    names: tuple[str, ...] = ()
    """What the bands are called, where that is known."""

    @classmethod
    def of(cls, raw: Raw) -> "LabelRaster":
        """Read what a raster holds."""
        layers = raw.data.astype("float64")
        if raw.valid is not None:
            layers = layers.where(raw.valid)
        for number, nothing in enumerate(raw.nodata or ()):
            if nothing is not None:
                layers[number] = layers[number].where(layers[number] != nothing)
        return cls(layers.load(), tuple(raw.names or ()))

    def about(self, target: str) -> "LabelRaster":
        """Keep the band that is about a target: the only one, or the one that has its name.

        Raises
        ------
        ValueError
            If there are several, and none is called like that.
        """
        if self.labels.sizes["band"] == 1:
            return self
        if target not in self.names:
            called = f", called {', '.join(self.names)}" if self.names else ""
            raise ValueError(
                f"a label raster must have one band, or one called {target!r}, but this has {self.labels.sizes['band']}{called}; "
                "choose one and save it alone"
            )
        place = self.names.index(target)
        return replace(self, labels=self.labels.isel(band=[place]), names=(target,))

    @cached_property
    def kinds(self) -> list[str]:
        """What the first band tells apart, in order.

        Raises
        ------
        ValueError
            If it tells too much apart to be labels, or nothing.
        """
        values = self.labels[0].values
        found = np.unique(values[np.isfinite(values)])
        if not found.size:
            raise ValueError("a label raster must say something, but all of this one is no data; look at its nodata value")
        if found.size > MOST:
            raise ValueError(
                f"a label raster must hold at most {MOST} different numbers, but this holds {found.size:,}; it looks like a "
                "measurement, not labels: cut it at a threshold first"
            )
        return [kind_of(value) for value in found]

    def truth(self, whole: xr.DataArray, part: xr.DataArray, *, yes: Sequence[str], unknown: Sequence[str]) -> Truth:
        """Where a target is on a part of a scene, and where that is known.

        Parameters
        ----------
        whole, part : xr.DataArray
            The scene, and the part of it, over y and x.
        yes, unknown : sequence of str
            Kinds that are the target, and that say nothing.

        Raises
        ------
        ValueError
            If the raster does not lie on the scene.
        """
        known_kinds = [kind for kind in self.kinds if kind not in unknown]
        placed = bring(
            self.labels[0].drop_vars("band", errors="ignore"), whole, part=part, what="a label raster", empty=np.nan
        ).values
        present, known = np.isin(placed, _numbers(yes)), np.isin(placed, _numbers(known_kinds))
        if not known.any():
            raise ValueError("the label raster must say something about the area, but it lies elsewhere; choose that of this scene")
        return present & known, known


def _numbers(kinds: Sequence[str]) -> list[float]:
    return [float(kind) for kind in kinds]
