"""Files of an Extraction. Each is written beside its name and moved there when it is whole: nothing half-written is ever seen."""

import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
import rasterio.shutil
import shapely
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning

from spexlab.scene.degrees import in_degrees
from spexlab.scene.grid import crs_of, transform_of
from spexlab.scene.scratch import scratch_folder
from spexlab.targets import COLOURS

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

    import geopandas as gpd

    from spexlab.extraction.result import Extraction

NO_CRS = "none: the scene has no coordinate reference system, coordinates are pixels (x right, y down)"
"""Said in every file of a scene without a CRS."""
_NODATA = 255


def check_writable(path: str | Path, *, suffixes: tuple[str, ...] = ()) -> Path:
    """Make sure that a file can be written, before the work for it begins; nothing is left there.

    Raises
    ------
    ValueError
        If the name does not end as it should.
    OSError
        If it cannot be written.
    """
    target = Path(path).expanduser()
    if suffixes and target.suffix.lower() not in suffixes:
        raise ValueError(f"the name of this output must end in {' or '.join(suffixes)}, but {str(path)!r} was given; rename it.")
    with replacing(target, commit=False) as temporary:
        temporary.touch()
    return target


def check_folder(path: str | Path) -> Path:
    """Make sure that a folder can be made, or written to, before the work for it begins; nothing is left there.

    Raises
    ------
    OSError
        If it cannot.
    """
    target = Path(path).expanduser()
    there = next(folder for folder in (target, *target.absolute().parents) if folder.exists())
    if not there.is_dir():
        raise NotADirectoryError(f"{str(path)!r} must be a folder, but {str(there)!r} is a file; choose another name.")
    with _scratch(there, path):
        return target


@contextmanager
def replacing(path: str | Path, *, commit: bool = True) -> Iterator[Path]:
    """Give a name in a hidden folder beside `path`; what is written there is moved to `path` if all went well.

    Raises
    ------
    OSError
        If `path` cannot be written, with what to do about it.
    """
    target = Path(path).expanduser()
    if target.is_dir():
        raise IsADirectoryError(f"cannot write {str(path)!r}: it is a folder; give a file name.")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"cannot write {str(path)!r}: there is no folder {str(target.parent)!r}; create it first.")
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(f"cannot write {str(path)!r}: the file is write-protected; choose another name.")
    with _scratch(target.parent, path) as name:
        temporary = Path(name) / target.name
        yield temporary
        if commit:
            temporary.replace(target)


def _scratch(parent: Path, path: str | Path) -> "TemporaryDirectory[str]":
    try:
        return scratch_folder(parent)
    except OSError as error:
        raise type(error)(
            f"cannot write {str(path)!r}: {error.strerror or error}; choose a folder that you may write to."
        ) from error


def write_masks(extraction: "Extraction", path: str | Path) -> Path:
    """Write `Extraction.to_cog`."""
    known = np.isfinite(extraction.probability.values)
    layers = np.where(known, extraction.mask.values, _NODATA).astype(np.uint8)
    targets = extraction.targets
    # A GeoTIFF holds a palette for a single band only.
    palette = _palette(COLOURS[targets[0]]) if len(targets) == 1 else None
    return _write_cog(extraction, path, layers, nodata=_NODATA, resampling="NEAREST", palette=palette)


def write_probability(extraction: "Extraction", path: str | Path) -> Path:
    """Write `Extraction.probability_to_cog`."""
    return _write_cog(extraction, path, extraction.probability.values, nodata=float("nan"), resampling="AVERAGE")


def _write_cog(
    extraction: "Extraction",
    path: str | Path,
    layers: NDArray[Any],
    *,
    nodata: float,
    resampling: str,
    palette: Mapping[int, tuple[int, int, int, int]] | None = None,
) -> Path:
    crs = crs_of(extraction.scene)
    count, height, width = layers.shape
    profile = {"driver": "GTiff", "dtype": layers.dtype, "count": count, "height": height, "width": width, "nodata": nodata}
    if crs is not None:
        profile |= {"crs": crs.to_wkt(), "transform": transform_of(extraction.scene)}
    with replacing(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        plain = temporary.with_name(f"plain-{temporary.name}")
        with rasterio.open(plain, "w", **profile, tiled=True, compress="DEFLATE", BIGTIFF="IF_SAFER") as file:
            file.write(layers)
            file.descriptions = tuple(extraction.targets)
            file.update_tags(**_tags(extraction, crs is None))
            if palette is not None:
                file.write_colormap(1, dict(palette))
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


def _tags(extraction: "Extraction", no_crs: bool) -> dict[str, str]:  # noqa: FBT001 - one call, just above
    record = extraction.provenance
    tags = {key.upper(): str(record[key]) for key in ("model", "version", "instruction", "scene", "date", "created")}
    tags |= {"EXPLANATION": extraction.explanation, "PROVENANCE": json.dumps(record)}
    return tags | ({"CRS": NO_CRS} if no_crs else {})


def _palette(colour: str) -> dict[int, tuple[int, int, int, int]]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return {0: (255, 255, 255, 0), 1: (red, green, blue, 255), _NODATA: (0, 0, 0, 0)}


def write_geoparquet(extraction: "Extraction", path: str | Path) -> Path:
    """Write `Extraction.to_geoparquet`."""
    with replacing(path) as temporary:
        extraction.regions.to_parquet(temporary, index=False)
    return Path(path)


def write_geojson(extraction: "Extraction", path: str | Path) -> Path:
    """Write `Extraction.to_geojson`."""
    frame = extraction.regions
    placed = frame.set_geometry(in_degrees(frame.geometry)) if frame.crs is not None else frame
    content = json.loads(_oriented(placed).to_json(na="null", drop_id=True))
    # RFC 7946 knows longitude and latitude only, and no "crs" member.
    content.pop("crs", None)
    content["provenance"] = extraction.provenance
    if frame.crs is None:
        content["crs_note"] = NO_CRS
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
    return Path(path)


def write_figure(extraction: "Extraction", path: str | Path) -> Path:
    """Write `Extraction.to_png`."""
    with replacing(path) as temporary:
        extraction.plot().savefig(temporary, format="png", metadata={"Description": json.dumps(extraction.provenance)})
    return Path(path)


def _oriented(frame: "gpd.GeoDataFrame") -> "gpd.GeoDataFrame":
    """Outer rings counter-clockwise, as RFC 7946 asks."""
    return frame.set_geometry(shapely.orient_polygons(frame.geometry.values)) if len(frame) else frame
