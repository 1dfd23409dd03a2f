"""What the scenes of a training were like, in plain ranges, and how another scene departs from them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from spexlab.scene import pixel_size
from spexlab.scene.bands import find_band

SATURATED = 0.999
"""Reflectance from which a pixel is saturated: no land surface reflects all, so a detector or a number type ended there."""
SLACK = 1.25
"""A scene departs from a range only where it is this factor beyond its ends: a range is of the scenes that happened to be there."""
FEWEST_SCENES = 5
"""A band that fewer scenes had is known, but whatever it reflects is taken for usual."""
_BLOCKS, _SIDE = 4, 128
"""Of a large scene so many blocks a side, of so many pixels a side, are looked at."""


class Looks(NamedTuple):
    """What a scene is like."""

    pixel_size_m: float | None
    medians: dict[str, float]
    """Band -> median reflectance."""
    saturated: float
    """Part of the pixels that are saturated in some band, 0-1."""


@dataclass(frozen=True)
class Domain:
    """Ranges over scenes."""

    pixel_size_m: tuple[float, float] | None
    """None where no scene knew its own."""
    reflectance: Mapping[str, tuple[float, float]]
    """Band -> lowest and highest median reflectance of a scene."""
    saturated: float
    """Largest part of a scene that was saturated, 0-1."""

    @classmethod
    def of(cls, scenes: Iterable[xr.DataArray]) -> "Domain":
        """Take the ranges of scenes (band, y, x).

        Raises
        ------
        ValueError
            If there is none.
        """
        seen = [looks for looks in map(looks_of, scenes) if looks.medians]
        if not seen:
            raise ValueError("a domain is made from scenes with data, but none was given; give the places of the training.")
        sizes = [looks.pixel_size_m for looks in seen if looks.pixel_size_m]
        bands = dict.fromkeys(name for looks in seen for name in looks.medians)
        ranges = {name: [looks.medians[name] for looks in seen if name in looks.medians] for name in bands}
        return cls(
            pixel_size_m=(min(sizes), max(sizes)) if sizes else None,
            reflectance={name: _range(found) for name, found in ranges.items()},
            saturated=round(max(looks.saturated for looks in seen), 4),
        )

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Domain":
        """Read the plain values of a domain."""
        size = record["pixel_size_m"]
        reflectance = {str(name): (float(low), float(high)) for name, (low, high) in record["reflectance"].items()}
        return cls(None if size is None else (float(size[0]), float(size[1])), reflectance, float(record["saturated"]))

    def departures(self, scene: xr.DataArray) -> tuple[str, ...]:
        """Say in what a scene lies outside, in words that go on "the scene ..."; empty where it lies inside."""
        looks = looks_of(scene)
        return (*self._in_size(looks), *self._in_reflectance(looks), *self._in_saturation(looks))

    def _in_size(self, looks: Looks) -> Iterator[str]:
        size = looks.pixel_size_m
        if size and self.pixel_size_m and _outside(size, *self.pixel_size_m):
            yield f"has pixels of {size:.3g} m, where training had {self.pixel_size_m[0]:.3g} to {self.pixel_size_m[1]:.3g} m"

    def _in_reflectance(self, looks: Looks) -> Iterator[str]:
        for band, median in looks.medians.items():
            name = find_band(band, list(self.reflectance))
            if name is None:
                yield f"has the band {band}, which no scene of the training had"
            elif _outside(median, *self.reflectance[name]):
                low, high = self.reflectance[name]
                yield f"has a median {band} of {median:.2g}, where training had {low:.2g} to {high:.2g}"

    def _in_saturation(self, looks: Looks) -> Iterator[str]:
        if looks.saturated > max(SLACK * self.saturated, 0.01):
            yield f"is saturated in {looks.saturated:.0%} of its pixels, where training had at most {self.saturated:.0%}"


def looks_of(scene: xr.DataArray) -> Looks:
    """Look at a scene (band, y, x), or at blocks all over it where it is large."""
    values = _sampled(scene)
    known = np.isfinite(values).all(axis=0)
    names = [str(name) for name in scene["band"].values] if known.any() else []
    medians = {name: float(np.median(layer[known])) for name, layer in zip(names, values, strict=False)}
    saturated = float((values[:, known] >= SATURATED).any(axis=0).mean()) if known.any() else 0.0
    return Looks(pixel_size(scene), medians, saturated)


def _sampled(scene: xr.DataArray) -> np.ndarray:
    rows, columns = (_positions(scene.sizes[axis]) for axis in ("y", "x"))
    return np.asarray(scene.isel(y=rows, x=columns).values)


def _positions(length: int) -> np.ndarray:
    if length <= _BLOCKS * _SIDE:
        return np.arange(length)
    starts = np.linspace(0, length - _SIDE, _BLOCKS).astype(int)
    return np.concatenate([np.arange(start, start + _SIDE) for start in starts])


def _range(medians: list[float]) -> tuple[float, float]:
    return (round(min(medians), 4), round(max(medians), 4)) if len(medians) >= FEWEST_SCENES else (0.0, 1.0)


def _outside(value: float, low: float, high: float) -> bool:
    return value < low / SLACK or value > high * SLACK
