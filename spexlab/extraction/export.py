"""Rasters and pictures of an Extraction."""

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
import rasterio.shutil
import xarray as xr
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning

from spexlab.evidence.strips import loaded, strips
from spexlab.extraction.findings import Findings
from spexlab.scene.grid import crs_of, transform_of
from spexlab.scene.outputs import replacing
from spexlab.targets import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NO_CRS = "none: the scene has no coordinate reference system, coordinates are pixels (x right, y down)"
"""Said in every file of a scene without a CRS."""
Colour = tuple[int, int, int, int]
NOT_SHOWN: Colour = (255, 255, 255, 0)
NODATA = 255
"""In every raster of whole numbers, where nobody looked."""


def write_masks(extraction: Findings, path: str | Path) -> Path:
    """Write `Extraction.to_cog`."""
    known = np.isfinite(extraction.probability.data)
    layers = np.where(known, extraction.mask.data, NODATA).astype(np.uint8)
    return _write_cog(extraction, path, layers, nodata=NODATA, resampling="NEAREST", names=extraction.targets)


def write_classes(extraction: Findings, path: str | Path) -> Path:
    """Write `Extraction.classes_to_cog`."""
    found = np.where(extraction.mask.data, extraction.probability.data, np.float32(-1))
    classes = np.where(found.max(axis=0) < 0, 0, 1 + found.argmax(axis=0))
    known = np.isfinite(extraction.probability.data).any(axis=0)
    layer = np.where(known, classes, NODATA).astype(np.uint8)
    return _write_cog(extraction, path, layer[None], nodata=NODATA, resampling="MODE", names=["class"])


def write_probability(extraction: Findings, path: str | Path) -> Path:
    """Write `Extraction.probability_to_cog`."""
    return _write_cog(
        extraction, path, extraction.probability.data, nodata=float("nan"), resampling="AVERAGE", names=extraction.targets
    )


def _write_cog(
    extraction: Findings,
    path: str | Path,
    layers: NDArray[Any],
    *,
    nodata: float,
    resampling: str,
    names: Sequence[str],
) -> Path:
    # A GeoTIFF holds a palette for a single band only.
    classes = _classes(extraction) if len(layers) == 1 and layers.dtype == np.uint8 else {}
    tags = _tags(extraction)
    return write_raster(
        path, layers, extraction.scene, nodata=nodata, resampling=resampling, names=names, tags=tags, classes=classes
    )


def write_raster(
    path: str | Path,
    layers: NDArray[Any],
    place: xr.DataArray,
    *,
    nodata: float,
    resampling: str,
    names: Sequence[str],
    tags: Mapping[str, str],
    classes: Mapping[int, tuple[str, Colour]],
) -> Path:
    """Write layers (n, H, W) as a cloud-optimised GeoTIFF on the grid of `place`, with names and colours of its classes.

    Lazy ones are computed a strip of rows at a time.

    Raises
    ------
    OSError
        If the file cannot be written; nothing is left behind.
    """
    crs = crs_of(place)
    count, height, width = layers.shape
    profile = {"driver": "GTiff", "dtype": layers.dtype, "count": count, "height": height, "width": width, "nodata": nodata}
    if crs is not None:
        profile |= {"crs": crs.to_wkt(), "transform": transform_of(place)}
    with replacing(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        plain = temporary.with_name(f"plain-{temporary.name}")
        with rasterio.open(plain, "w", **profile, tiled=True, compress="DEFLATE", BIGTIFF="IF_SAFER") as file:
            for rows in strips(height):
                file.write(loaded(layers[:, rows]), window=((rows.start, rows.stop), (0, width)))
            file.descriptions = tuple(names)
            file.update_tags(**tags, **({"CRS": NO_CRS} if crs is None else {}))
            if classes:
                file.update_tags(CLASSES=json.dumps({value: name for value, (name, _) in classes.items()}))
            if classes and count == 1:
                file.write_colormap(1, {value: colour for value, (_, colour) in classes.items()})
        rasterio.shutil.copy(
            plain,
            temporary,
            driver="COG",
            COMPRESS="DEFLATE",
            BLOCKSIZE="512",
            OVERVIEW_RESAMPLING=resampling,
            BIGTIFF="IF_SAFER",
        )
    return Path(path)


def _tags(extraction: Findings) -> dict[str, str]:
    record = extraction.provenance
    tags = {key.upper(): str(record[key]) for key in ("model", "version", "instruction", "scene", "date", "created")}
    return tags | {"EXPLANATION": extraction.explanation, "PROVENANCE": json.dumps(record)}


def _classes(extraction: Findings) -> dict[int, tuple[str, Colour]]:
    """Name and colour of each value of a band of classes; of one target, a mask has the same values."""
    none: dict[int, tuple[str, Colour]] = {0: ("none of these", NOT_SHOWN), NODATA: ("no data", (0, 0, 0, 0))}
    return none | {value: (name, opaque(COLOURS[name])) for value, name in enumerate(extraction.targets, start=1)}


def opaque(colour: str) -> Colour:
    """A colour as a palette has it, from "#rrggbb"."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue, 255


def write_figure(figure: "Figure", path: str | Path, *, provenance: Mapping[str, Any]) -> Path:
    """Write `Extraction.to_png`."""
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", metadata={"Description": json.dumps(provenance)})
    return Path(path)
