"""A scene and a label raster of any legend, as a labelled place."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import rasterio
import xarray as xr
from numpy.typing import NDArray
from rasterio.errors import RasterioIOError

from spexlab.places.labelled import Place
from spexlab.scene import open_scene
from spexlab.scene.grid import crs_of, transform_of
from spexlab.targets import CLASSES, CLOUD, KNOWN_NEGATIVE, UNLABELLED

LEGEND_WORDS: dict[str, int] = {**CLASSES, "cloud": CLOUD, "other": KNOWN_NEGATIVE, "unlabelled": UNLABELLED}
"""What a legend may map a code to; "other" is known to be none of the classes that the legend names."""

Legend = Mapping[int, str]
"""Code of the raster -> a word of `LEGEND_WORDS`; codes that it does not hold are unlabelled."""


def open_pair(
    scene: str | Path | xr.DataArray,
    labels: str | Path,
    *,
    legend: Legend | None = None,
    sensor: str | None = None,
    bands: Sequence[str | float] | None = None,
) -> Place:
    """Open a scene with its label raster.

    Parameters
    ----------
    scene : str, Path or DataArray
        What `spexlab.open_scene` opens.
    labels : str or Path
        One band of integer codes on the scene's grid.
    legend : mapping of int to str, optional
        What the codes mean; those of `spexlab.targets` unless told. Where it leaves out a class, the label is taken to say nothing
        about that class, and "other" is the background of those that it names.
    sensor, bands
        As in `spexlab.open_scene`.

    Returns
    -------
    Place

    Raises
    ------
    ValueError
        If the label does not lie on the scene's grid, or the legend is not one.
    OSError
        If a file cannot be read.
    """
    opened = open_scene(scene, sensor=sensor, bands=bands)
    codes = read_codes(Path(labels), opened)
    name = Path(labels).stem if isinstance(scene, xr.DataArray) else Path(scene).stem
    extra = {"source": str(opened.attrs.get("title") or name), "label_source": Path(labels).name}
    return Place(
        name=name,
        group=name,
        scene=opened,
        labels=apply_legend(codes, legend) if legend is not None else _own_codes(codes, Path(labels)),
        complete_for=covered_classes(legend) if legend is not None else None,
        extra=extra,
    )


def read_codes(path: Path, scene: xr.DataArray) -> NDArray[np.integer]:
    """Read a label raster that lies on the scene's grid.

    Raises
    ------
    ValueError
        If it has several bands, is no integer, or lies elsewhere.
    OSError
        If it cannot be read.
    """
    try:
        with rasterio.open(path) as file:
            codes, crs, transform = file.read(), file.crs, file.transform
    except RasterioIOError as error:
        raise OSError(f"the label raster {str(path)!r} cannot be read ({error}); give a GeoTIFF or another GDAL raster.") from error
    if len(codes) != 1 or codes.dtype.kind not in "iu":
        raise ValueError(
            f"a label raster has one band of integer codes, but {path.name} has {len(codes)} of {codes.dtype}; give another."
        )
    if codes.shape[1:] != scene.shape[1:]:
        raise ValueError(
            f"a label lies on its scene's grid, but {path.name} has {codes.shape[2]} x {codes.shape[1]} pixels and the scene "
            f"{scene.sizes['x']} x {scene.sizes['y']}; warp it first, for example with gdalwarp -r near."
        )
    grid = crs_of(scene)
    if grid is not None and crs is not None and (crs != grid or not transform.almost_equals(transform_of(scene), precision=1e-3)):
        raise ValueError(f"a label lies on its scene's grid, but {path.name} lies elsewhere; warp it first (gdalwarp -r near).")
    layer: NDArray[np.integer] = codes[0]
    return layer


def apply_legend(codes: NDArray[np.integer], legend: Legend) -> NDArray[np.uint8]:
    """Translate a raster's codes to those of `spexlab.targets`."""
    found, where = np.unique(codes, return_inverse=True)
    words = [legend.get(int(code), "unlabelled") for code in found]
    unknown = sorted(set(words) - set(LEGEND_WORDS))
    if unknown:
        raise ValueError(f"a legend names {', '.join(LEGEND_WORDS)}, but it holds {unknown[0]!r}; change it.")
    labels: NDArray[np.uint8] = np.array([LEGEND_WORDS[word] for word in words], np.uint8)[where].reshape(codes.shape)
    return labels


def covered_classes(legend: Legend) -> tuple[str, ...] | None:
    """Classes that a legend names; None where it names all."""
    named = tuple(name for name in CLASSES if name in legend.values())
    return None if len(named) == len(CLASSES) else named


def read_legend(path: str | Path) -> dict[int, str]:
    """Read a legend: a JSON object such as ``{"1": "water", "2": "trees", "9": "other"}``.

    Raises
    ------
    ValueError
        If it is not one; the message says what may stand in it.
    OSError
        If the file cannot be read.
    """
    words = f"one of {', '.join(LEGEND_WORDS)}"
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        legend = {int(code): str(word) for code, word in content.items()}
    except (ValueError, AttributeError) as error:
        raise ValueError(f"a legend is a JSON object of codes and {words}, but {str(path)!r} is none ({error}).") from error
    unknown = sorted(set(legend.values()) - set(LEGEND_WORDS))
    if unknown or not set(legend.values()) & set(CLASSES):
        given = repr(unknown[0]) if unknown else "no class"
        raise ValueError(f"a legend gives each code {words}, but {str(path)!r} holds {given}; change it.")
    return legend


def _own_codes(codes: NDArray[np.integer], path: Path) -> NDArray[np.uint8]:
    strange = sorted(set(np.unique(codes).tolist()) - set(LEGEND_WORDS.values()))
    if strange:
        raise ValueError(
            f"without a legend a label raster holds spexlab's codes 0 to 11, but {path.name} holds {strange[0]}; give a legend."
        )
    return codes.astype(np.uint8)
