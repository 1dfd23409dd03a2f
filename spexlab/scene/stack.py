"""Scenes in several files, one a band: lists of files, folders as SAFE and Landsat come in, containers of one raster a variable."""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from spexlab.scene.files import from_path
from spexlab.scene.grid import crs_of, transform_of
from spexlab.scene.raw import Raw

_BAND_FILE = re.compile(r"[._](?P<name>(SR_)?B\d{1,2}A?|SCL|QA_PIXEL|Fmask)(_(?P<metres>\d\d)m)?\.(tiff?|jp2)$", re.IGNORECASE)
_AT_ONCE = 8
"""Files that are opened at a time."""
_NOT_A_BAND = re.compile(r"[._]ST_B\d+\.|MSK_|_PVI\b|/QI_DATA/")


def from_files(
    files: Sequence[str | PathLike[str]] | Mapping[str, str | PathLike[str]], *, chunked: bool, onto: xr.DataArray | None = None
) -> Raw:
    """Stack files of one band each, as a mapping from band names or as a list whose file names tell them.

    Parameters
    ----------
    onto : DataArray, optional
        (y, x) with a CRS: the grid of the stack; by default that of the finest file.

    Raises
    ------
    ValueError
        If there are none, a file has more than one band, or they lie on grids that cannot be brought together.
    OSError
        If a file is missing or cannot be read.
    """
    if not files:
        raise ValueError("a list of band files must name some, but it is empty")
    if isinstance(files, Mapping):
        return _stacked([(str(name), fspath(path)) for name, path in files.items()], chunked=chunked, onto=onto)
    paths = [fspath(file) for file in files]
    return _stacked([(_band_name(path), path) for path in paths], chunked=chunked, onto=onto)


def from_folder(folder: Path, *, chunked: bool) -> Raw:
    """Stack what a folder holds: a SAFE or Landsat product, or any files whose names end with their bands; the finest of each.

    Raises
    ------
    ValueError
        If there are no such files.
    OSError
        If one cannot be read.
    """
    finest: dict[str, tuple[int, Path]] = {}
    for path in sorted(folder.rglob("*")):
        match = _BAND_FILE.search(path.name)
        if match and not _NOT_A_BAND.search(path.as_posix()):
            candidate = int(match["metres"] or 0), path
            finest[match["name"]] = min(finest.get(match["name"], candidate), candidate)
    if not finest:
        raise ValueError(
            f"a folder must hold a scene's bands in files whose names end with them, as B04.jp2, SR_B4.TIF or B04_10m.jp2, but "
            f"{folder} holds none; open one of its files, or a dict of names and files"
        )
    raw = from_files({name: path for name, (_, path) in finest.items()}, chunked=chunked)
    return replace(raw, source=str(folder), title=folder.name.removesuffix(".SAFE"))


def _band_name(path: str) -> str:
    match = _BAND_FILE.search(path)
    return match["name"] if match else ""


def _stacked(files: Sequence[tuple[str, str]], *, chunked: bool, onto: xr.DataArray | None) -> Raw:
    """Stack files on a grid, or on that of the finest; others are put on it by nearest neighbour."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # each waits for its server
        layers = list(pool.map(lambda file: from_path(file[1], chunked=chunked, onto=onto), files))
    for layer in layers:
        if layer.data.sizes["band"] != 1:
            raise ValueError(
                f"a band file must have one band, but {layer.source} has {layer.data.sizes['band']}; open it by itself"
            )
    finest = min(layers, key=lambda layer: _cell(layer.data))
    grid = finest.data.isel(band=0, drop=True) if onto is None else onto
    layers = [
        layer if _on(grid, layer) else from_path(path, chunked=chunked, onto=grid)
        for layer, (_, path) in zip(layers, files, strict=True)
    ]
    data = xr.concat(
        [layer.data.assign_coords(y=grid["y"], x=grid["x"]) for layer in layers],
        "band",
        coords="minimal",
        compat="override",
        join="override",
    )
    return replace(
        finest,
        data=data,
        valid=_validity(layers, grid),
        names=tuple(name or (layer.names or (layer.title,))[0] for layer, (name, _) in zip(layers, files, strict=True)),
        wavelengths=None,
        colours=(),
        scales=_together([layer.scales for layer in layers], 1.0),
        offsets=_together([layer.offsets for layer in layers], 0.0),
        nodata=_together([layer.nodata for layer in layers], None),
        tags={key: value for layer in layers for key, value in layer.tags.items()},
        date=next((layer.date for layer in layers if layer.date), ""),
    )


def _validity(layers: Sequence[Raw], grid: xr.DataArray) -> xr.DataArray | None:
    """Stack the layers' masks (band, y, x), one that lets all stand where a layer has none; None where none has one."""
    if all(layer.valid is None for layer in layers):
        return None
    place = {"y": grid["y"], "x": grid["x"]}
    masks = [xr.ones_like(grid, bool) if layer.valid is None else layer.valid.squeeze() for layer in layers]
    return xr.concat([xr.DataArray(mask.data, dims=("y", "x"), coords=place) for mask in masks], "band")


def _cell(data: xr.DataArray) -> float:
    transform = transform_of(data)
    return abs(transform.a * transform.e)


def _on(grid: xr.DataArray, layer: Raw) -> bool:
    """Tell whether a layer lies on a grid already.

    Raises
    ------
    ValueError
        If it does not, and cannot be put on it.
    """
    same = layer.data.shape[1:] == grid.shape and np.allclose(transform_of(layer.data)[:6], transform_of(grid)[:6], rtol=1e-6)
    if same and crs_of(layer.data) == crs_of(grid):
        return True
    if crs_of(layer.data) is None or crs_of(grid) is None:
        raise ValueError(
            f"band files must share one grid, or have a CRS by which they can be brought to one, but {layer.source} has "
            f"{layer.data.shape[1]} x {layer.data.shape[2]} pixels beside {grid.shape[0]} x {grid.shape[1]}"
        )
    return False


def _together(facts: Sequence[tuple[Any, ...] | None], neutral: Any) -> tuple[Any, ...] | None:
    """Gather what is stated file by file into one tuple; None where none states anything."""
    return None if all(fact is None for fact in facts) else tuple(neutral if fact is None else fact[0] for fact in facts)
