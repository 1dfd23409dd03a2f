"""Reference samples on a map: where to look, and what the map says there."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import xarray as xr
from numpy.typing import NDArray
from shapely.geometry import Polygon, box

from spexlab.evaluation.assessment.estimates import Assessment, Floats
from spexlab.scene.grid import bounds_of, crs_of
from spexlab.scene.ground import pixel_areas
from spexlab.scene.pointing import Pointed


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
    truth, met = _numbers(reference, column, names), mapped_at(mapped, reference, classes=names)
    there = met >= 0
    counts = np.zeros((len(names), len(names)))
    np.add.at(counts, (met[there], truth[there]), 1)
    areas, unit = mapped_areas(mapped, classes=names)
    return Assessment(names, counts, areas, unit, confidence, int((~there).sum()))


def mapped_at(mapped: xr.DataArray, reference: gpd.GeoDataFrame, *, classes: Sequence[str]) -> NDArray[np.intp]:
    """Look up (n,) the number of the class that the map has at each sample, -1 where nothing is mapped; as `assess` does.

    Raises
    ------
    ValueError
        If the map's numbers do not fit the names, or it has a CRS and the reference has none.
    """
    codes, crs = _codes(mapped, len(classes)).ravel(), crs_of(mapped)
    if crs is not None and reference.crs is None:
        raise ValueError(f"the map lies in {crs.to_string()}, and the reference says no CRS; give it one with .set_crs(...)")
    placed = reference.geometry if crs is None else reference.geometry.to_crs(crs)
    lying = placed.intersects(_extent(mapped)).to_numpy()
    found = np.full(len(reference), -1, dtype=np.intp)
    if lying.any():
        pixels = Pointed(tuple(placed[lying]), None if crs is None else placed.crs).pixels(mapped)
        found[lying] = [_majority(codes[numbers]) for numbers in pixels]
    return found


def mapped_areas(mapped: xr.DataArray, *, classes: Sequence[str]) -> tuple[Floats, str]:
    """Add up (N,) the area of each class on a map, and say its unit: hectares where the CRS is known, else pixels."""
    areas, codes = pixel_areas(mapped), _codes(mapped, len(classes))
    known = codes >= 0
    weights = None if areas is None else areas[known] / 1e4
    unit = "pixels" if areas is None else "ha"
    return np.bincount(codes[known], weights=weights, minlength=len(classes)).astype(float), unit


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


def _extent(mapped: xr.DataArray) -> Polygon:
    """The ground of a map, a hair smaller: what only touches it has no pixel there."""
    left, bottom, right, top = bounds_of(mapped)
    hair = 1e-6 * (right - left) / mapped.sizes["x"]
    return box(left + hair, bottom + hair, right - hair, top - hair)


def _majority(codes: NDArray[np.intp]) -> int:
    known = codes[codes >= 0]
    return int(np.bincount(known).argmax()) if known.size else -1
