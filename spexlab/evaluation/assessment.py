"""Accuracy assessment of a map from reference samples: error matrix, accuracies and areas, with their confidence intervals.

After Olofsson et al. 2014 (Good practices for estimating area and assessing accuracy of land change, Remote Sensing of Environment
148, 42-57): samples drawn at random within the mapped classes are weighted by the area that each class has on the map, so that the
area of a class is estimated from the reference, and the map only makes that estimate narrower.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from shapely.geometry import box

from spexlab.scene.grid import crs_of
from spexlab.scene.ground import pixel_areas
from spexlab.scene.pointing import Pointed

Floats = NDArray[np.float64]

FEWEST = 2
"""Samples without which a mapped class has no variance."""


@dataclass(frozen=True, eq=False)
class Assessment:
    """What reference samples say about a map; N classes, intervals as half widths."""

    classes: tuple[str, ...]
    """Names, in the order of all arrays."""
    counts: Floats
    """(N, N) samples: rows are the map, columns the reference."""
    mapped: Floats
    """(N,) area of each class on the map, in `unit`."""
    unit: str = "ha"
    confidence: float = 0.95
    """Share of intervals, over many draws of samples, that hold the truth."""
    left_out: int = 0
    """Samples that lie where nothing is mapped."""

    def __post_init__(self) -> None:
        """Refuse what allows no estimate."""
        self._check()

    @cached_property
    def proportions(self) -> Floats:
        """Estimated shares of the whole area (N, N), rows the map, columns the reference (equation 4)."""
        return self._weights[:, None] * self._within

    @cached_property
    def users(self) -> Floats:
        """User's accuracy (N,): of what is mapped as a class, how much is (equation 2); NaN for a class that is not mapped."""
        return _ratio(np.diagonal(self.proportions), self.proportions.sum(axis=1))

    @cached_property
    def users_interval(self) -> Floats:
        """Half widths (N,) of the intervals of `users` (equation 6)."""
        return np.asarray(self._z * np.sqrt(self.users * (1 - self.users) / (self._samples - 1)))

    @cached_property
    def producers(self) -> Floats:
        """Producer's accuracy (N,): of what is a class, how much is mapped as it (equation 3); NaN for a class that was not met."""
        return _ratio(np.diagonal(self.proportions), self._shares)

    @cached_property
    def producers_interval(self) -> Floats:
        """Half widths (N,) of the intervals of `producers` (equation 7)."""
        area, share, within = self._weights, self.producers, self._within
        spread = area[:, None] ** 2 * within * (1 - within) / (self._samples - 1)[:, None]
        of_others = spread.sum(axis=0) - np.diagonal(spread)
        variance = (1 - share) ** 2 * np.diagonal(spread) + share**2 * of_others
        return self._z * _ratio(np.sqrt(variance), self._shares)

    @property
    def overall(self) -> float:
        """Overall accuracy: share of the area that is mapped as what it is (equation 1)."""
        return float(np.trace(self.proportions))

    @property
    def overall_interval(self) -> float:
        """Half width of the interval of `overall` (equation 5)."""
        right = np.diagonal(self._within)
        variance = self._weights**2 * right * (1 - right) / (self._samples - 1)
        return float(self._z * np.sqrt(variance.sum()))

    @cached_property
    def areas(self) -> Floats:
        """Estimated area (N,) of each class in `unit`, by the reference (equations 8 and 9)."""
        return np.asarray(self._shares * self.mapped.sum())

    @cached_property
    def areas_interval(self) -> Floats:
        """Half widths (N,) of the intervals of `areas` (equations 10 to 12)."""
        spread = self._weights[:, None] ** 2 * self._within * (1 - self._within) / (self._samples - 1)[:, None]
        return np.asarray(self._z * self.mapped.sum() * np.sqrt(spread.sum(axis=0)))

    @property
    def matrix(self) -> pd.DataFrame:
        """The error matrix of sample counts: rows the map, columns the reference."""
        frame = pd.DataFrame(self.counts.astype(int), index=list(self.classes), columns=list(self.classes))
        return frame.rename_axis(index="map", columns="reference")

    @property
    def table(self) -> pd.DataFrame:
        """One row a class: samples, accuracies, mapped and estimated area, each with the half width of its interval."""
        columns = {
            "samples": self.counts.sum(axis=1).astype(int),
            "user's accuracy": self.users,
            "user's ±": self.users_interval,
            "producer's accuracy": self.producers,
            "producer's ±": self.producers_interval,
            f"mapped {self.unit}": self.mapped,
            f"estimated {self.unit}": self.areas,
            f"estimated ±{self.unit}": self.areas_interval,
        }
        return pd.DataFrame(columns, index=pd.Index(self.classes, name="class"))

    def __str__(self) -> str:
        left_out = f"; {self.left_out} samples lie where nothing is mapped" if self.left_out else ""
        return (
            f"{self.table.round(3).to_string()}\n"
            f"overall accuracy {self.overall:.3f} ± {self.overall_interval:.3f} ({self.confidence:.0%} confidence{left_out})"
        )

    @property
    def _samples(self) -> Floats:
        """Samples (N,) of each mapped class; a class that is not mapped adds no variance."""
        return np.where(self.mapped > 0, self.counts.sum(axis=1), np.inf)

    @property
    def _weights(self) -> Floats:
        return np.asarray(self.mapped / self.mapped.sum())

    @property
    def _within(self) -> Floats:
        """Shares (N, N) of each row's samples."""
        return np.asarray(self.counts / np.maximum(self.counts.sum(axis=1), 1)[:, None])

    @property
    def _shares(self) -> Floats:
        """Estimated share (N,) of each class by the reference."""
        return np.asarray(self.proportions.sum(axis=0))

    @property
    def _z(self) -> float:
        return NormalDist().inv_cdf(0.5 + self.confidence / 2)

    def _check(self) -> None:
        number = len(self.classes)
        if self.counts.shape != (number, number) or self.mapped.shape != (number,):
            raise ValueError(
                f"{number} classes need {number} x {number} counts and {number} areas, but {self.counts.shape} and "
                f"{self.mapped.shape} were given"
            )
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence must lie between 0 and 1, but {self.confidence:g} was given; 0.95 is usual")
        if not (np.isfinite(self.mapped).all() and (self.mapped >= 0).all() and self.mapped.sum() > 0 and (self.counts >= 0).all()):
            raise ValueError(
                "areas and counts must be numbers that are not negative, and something must be mapped; look at the map"
            )
        few = [
            f"{name} has {count:g}"
            for name, count, area in zip(self.classes, self.counts.sum(axis=1), self.mapped, strict=True)
            if area > 0 and count < FEWEST
        ]
        if few:
            raise ValueError(
                f"each class on the map needs at least {FEWEST} reference samples, better 50, but {', '.join(few)}; "
                "label more there (`draw_samples` says where)"
            )


def assess(
    mapped: xr.DataArray, reference: gpd.GeoDataFrame, *, classes: Sequence[str], column: str = "class", confidence: float = 0.95
) -> Assessment:
    """Assess a map by points or polygons whose class is known.

    Parameters
    ----------
    mapped : xarray.DataArray
        (y, x): numbers of classes, 0 to N - 1, NaN where nothing is mapped; or a mask, whose classes are 0 outside and 1 inside. Of
        an extraction: ``result.mask.sel(target="water").where(result.looked_at)``.
    reference : geopandas.GeoDataFrame
        A sample each: a point counts for the pixel that it lies in, a polygon once, for the class that most of its pixels have on
        the map. Without a CRS their coordinates are pixels. The intervals hold for samples drawn at random within the classes of
        the map (`draw_samples`); others give a matrix all the same, but nobody knows how far it is off.
    classes : sequence of str
        Names of the classes, in the order of their numbers.
    column : str
        Column of `reference` that holds one of these names.
    confidence : float
        Of the intervals.

    Returns
    -------
    Assessment
        Areas are in hectares where the map's CRS is known, else in pixels.

    Raises
    ------
    ValueError
        If names, numbers or samples do not fit each other, or a mapped class has too few samples.
    """
    names = tuple(classes)
    truth = _numbers(reference, column, names)
    codes = _codes(mapped, len(names))
    inside = _on_the_map(reference, mapped)
    pointed = Pointed(tuple(inside.geometry), inside.crs if crs_of(mapped) is not None else None)
    found = [_majority(codes.ravel()[pixels]) for pixels in pointed.pixels(mapped)]
    met = np.array([code if code is not None else -1 for code in found], dtype=int)
    there = met >= 0
    counts = np.zeros((len(names), len(names)))
    np.add.at(counts, (met[there], truth[reference.index.get_indexer(inside.index)][there]), 1)
    areas, unit = _mapped_areas(mapped, codes, len(names))
    return Assessment(names, counts, areas, unit, confidence, len(reference) - int(there.sum()))


def draw_samples(mapped: xr.DataArray, *, classes: Sequence[str], per_class: int = 50, seed: int = 0) -> gpd.GeoDataFrame:
    """Draw points to be labelled: at random within each class of a map, at the centres of pixels, none twice.

    Parameters
    ----------
    mapped, classes
        As for `assess`.
    per_class : int
        Points a class; all pixels of a class that has fewer.
    seed : int
        The same seed gives the same points.

    Returns
    -------
    geopandas.GeoDataFrame
        ``mapped``, the class on the map, and points in the map's CRS; a column with the true class is to be added.

    Raises
    ------
    ValueError
        If the numbers on the map do not fit the names.
    """
    names, rng = tuple(classes), np.random.default_rng(seed)
    codes = _codes(mapped, len(names))
    pixels = [np.flatnonzero(codes == code) for code in range(len(names))]
    drawn = [rng.choice(of, min(per_class, of.size), replace=False) for of in pixels]
    rows, columns = np.divmod(np.concatenate(drawn), codes.shape[1])
    points = gpd.points_from_xy(mapped["x"].values[columns], mapped["y"].values[rows])
    labels = np.repeat(np.array(names), [len(of) for of in drawn])
    return gpd.GeoDataFrame({"mapped": labels}, geometry=points, crs=crs_of(mapped))


def _numbers(reference: gpd.GeoDataFrame, column: str, names: tuple[str, ...]) -> NDArray[np.intp]:
    if column not in reference:
        raise ValueError(f"the reference must have a column {column!r}, but it has {', '.join(map(str, reference.columns))}")
    unknown = sorted({str(value) for value in reference[column]} - set(names))
    if unknown:
        raise ValueError(f"the reference must name {', '.join(names)}, but {', '.join(unknown[:5])} was found; rename or drop it")
    return np.array([names.index(str(value)) for value in reference[column]], dtype=np.intp)


def _codes(mapped: xr.DataArray, number: int) -> NDArray[np.intp]:
    """Numbers of classes (H, W), -1 where nothing is mapped."""
    if mapped.dims != ("y", "x"):
        raise ValueError(f"the map must have the dims (y, x), but has {mapped.dims}; choose one target with .sel(target=...)")
    values = np.asarray(mapped.values, dtype=float)
    codes = np.where(np.isfinite(values), values, -1).astype(np.intp)
    if codes.max(initial=-1) >= number or codes.min(initial=0) < -1:
        raise ValueError(
            f"the map's numbers must be 0 to {number - 1}, one a class, but they go to {codes.max()}; name all classes"
        )
    return codes


def _on_the_map(reference: gpd.GeoDataFrame, mapped: xr.DataArray) -> gpd.GeoDataFrame:
    """The samples that touch the map, in its CRS."""
    crs = crs_of(mapped)
    if crs is not None and reference.crs is None:
        raise ValueError(f"the map lies in {crs.to_string()}, and the reference says no CRS; give it one with .set_crs(...)")
    placed = reference if crs is None else reference.to_crs(crs)
    step_x, step_y = (abs(float(mapped[axis][1] - mapped[axis][0])) / 2 for axis in ("x", "y"))
    x, y = mapped["x"].values, mapped["y"].values
    return placed[placed.intersects(box(x.min() - step_x, y.min() - step_y, x.max() + step_x, y.max() + step_y))]


def _majority(codes: NDArray[np.intp]) -> int | None:
    known = codes[codes >= 0]
    return int(np.bincount(known).argmax()) if known.size else None


def _mapped_areas(mapped: xr.DataArray, codes: NDArray[np.intp], number: int) -> tuple[Floats, str]:
    areas = pixel_areas(mapped)
    known = codes >= 0
    weights = None if areas is None else areas[known] / 1e4
    return np.bincount(codes[known], weights=weights, minlength=number).astype(float), "pixels" if areas is None else "ha"


def _ratio(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below == 0, np.nan, above / below))
