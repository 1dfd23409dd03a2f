"""Two thousand odd and broken rasters, masks, nodata and cut PNGs among them: scenes, the same twice, or one clear line."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import xarray as xr
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp

from spexlab.scene import check_scene, open_scene

DRIVERS: dict[str, tuple[str, tuple[int, ...], tuple[str, ...]]] = {
    "GTiff": (".tif", (1, 2, 3, 4, 4, 5, 6), ()),
    "ENVI": (".img", (1, 2, 3, 4, 6), ()),
    "PNG": (".png", (1, 3, 3, 4), ("uint8", "uint8", "uint16")),
    "JPEG": (".jpg", (1, 3), ("uint8",)),
    "BMP": (".bmp", (1, 3), ("uint8",)),
    "JP2OpenJPEG": (".jp2", (3, 4), ("uint8", "uint16")),
}
"""Ending, numbers of bands and types of numbers that a driver writes; all of `DTYPES` where none are named."""
DTYPES = ("uint8", "uint16", "int16", "int8", "uint32", "int32", "float32", "float64", "complex64")
NAMES = ("blue", "green", "red", "nir", "swir16", "B02", "SR_B4", "SCL", "QA_PIXEL", "Fmask", "alpha", "", "Band 1", "ü", "842 nm")
NUMBERS = (0.0, 1.0, 1e-4, 2.75e-5, -1.0, 1e30, 1e-30, float("nan"), float("inf"), -0.2, -1e308)
NODATA = (0, 255, -9999, 1e40, float("nan"), float("inf"), 0.5, -3.4028234663852886e38)
CRS = (None, 4326, 32633, 3857, 5041, 4978, 'LOCAL_CS["grid",UNIT["metre",1]]', 'LOCAL_CS["?",UNIT["unknown",1]]', "EPSG:4326+5773")
TAGS = (
    {},
    {"PROCESSING_BASELINE": "05.09"},
    {"BOA_QUANTIFICATION_VALUE": "0"},
    {"platform": "sentinel-2a", "DATETIME": "1999-99-99"},
)
Random = np.random.Generator


def pick(rng: Random, options: Any) -> Any:
    return options[int(rng.integers(len(options)))]


def pixels(rng: Random, count: int, dtype: str) -> np.ndarray:
    """Make noise, one number, dark and bright, with and without a border."""
    shape = (count, *(int(n) for n in rng.integers(1, 70, 2)))
    high = pick(rng, (1, 90, 255, 3000, 12_000, 60_000))
    values = rng.uniform(0, high, shape) if rng.random() < 0.8 else np.full(shape, high, float)
    if rng.random() < 0.2:
        values[:, : shape[1] // 3] = pick(rng, (0, 255, 65535, -9999, np.nan))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return values.astype(dtype)


def place(rng: Random) -> Affine | None:
    size = pick(rng, (10.0, 10.0, 10.0, 1e-4, 1e-4, 0.0, -10.0, 1e300, 1e-300))
    upright = Affine(size, 0.0, pick(rng, (500_000.0, 13.0, 179.9, -1e9)), 0.0, -size, pick(rng, (5_800_000.0, 52.0, 95.0)))
    return pick(
        rng, (None, upright, upright, upright @ Affine.rotation(float(rng.uniform(0, 360))), Affine(0, 10.0, 0, 10.0, 0, 0))
    )


def decorate(rng: Random, file: Any) -> None:
    """Give a file metadata that nobody would write, or that somebody did."""
    if rng.random() < 0.9:
        file.descriptions = [pick(rng, NAMES) for _ in file.indexes] if rng.random() < 0.2 else NAMES[: file.count]
    if rng.random() < 0.15:
        file.scales, file.offsets = [pick(rng, NUMBERS)] * file.count, [pick(rng, NUMBERS) for _ in file.indexes]
    if rng.random() < 0.2:
        file.write_mask((rng.random(file.shape) < 0.5).astype("uint8") * 255)
    if rng.random() < 0.2:
        file.colorinterp = [pick(rng, (ColorInterp.red, ColorInterp.alpha, ColorInterp.gray)) for _ in file.indexes]
    if rng.random() < 0.2:
        spots = rng.uniform((0, 0, 13, 52), (24, 24, 14, 53), (rng.integers(1, 6), 4))
        corners = [GroundControlPoint(*map(float, spot)) for spot in spots]
        file.gcps = corners, rasterio.crs.CRS.from_user_input(4326)
    file.update_tags(**pick(rng, TAGS))


def raster(rng: Random, folder: Path) -> tuple[Path, int]:
    """Write a raster; its path and number of bands."""
    driver = pick(rng, ("GTiff", "GTiff", "GTiff", *DRIVERS))
    ending, counts, dtypes = DRIVERS[driver]
    values = pixels(rng, pick(rng, counts), pick(rng, dtypes or DTYPES))
    count, height, width = values.shape
    options = {"crs": pick(rng, CRS), "transform": place(rng)}
    if rng.random() < 0.4 and driver != "JP2OpenJPEG":
        options["nodata"] = pick(rng, (0, 100) if values.dtype.kind != "f" else (0, -9999, float("nan"), float("inf")))
    if driver == "GTiff":
        options |= {"compress": pick(rng, (None, "deflate", "lzw", "packbits")), "tiled": rng.random() < 0.3, "blockxsize": 16}
        options |= {"blockysize": 16} if options["tiled"] else {}
    path = folder / f"{pick(rng, ('scene', 'LC08_L2SP_1', 'S2A_MSIL2A_2023', 'ünï'))}{ending}"
    with rasterio.open(path, "w", driver=driver, count=count, height=height, width=width, dtype=values.dtype, **options) as file:
        file.write(values)
        if driver == "GTiff":
            decorate(rng, file)
    return path, count


def vrt(rng: Random, folder: Path) -> tuple[Path, int]:
    source = pick(rng, (raster(rng, folder)[0].name, "nowhere.tif", "a.vrt", "/dev/zero", "", "\x01", "&amp;"))
    band = '<VRTRasterBand dataType="{}" band="{}"><NoDataValue>{}</NoDataValue><SimpleSource><SourceFilename relativeToVRT="1">{}'
    parts = [band.format(pick(rng, ("Byte", "UInt16", "Float32", "?")), i + 1, pick(rng, NODATA), source) for i in range(3)]
    inside = "</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>".join([*parts, ""])
    (folder / "a.vrt").write_text(
        f'<VRTDataset rasterXSize="{pick(rng, (32, 0, -1, 10**9))}" rasterYSize="24">{inside}</VRTDataset>'
    )
    return folder / "a.vrt", 3


def damage(rng: Random, path: Path) -> None:
    content = bytearray(path.read_bytes())
    kind, at = int(rng.integers(4)), int(rng.integers(max(1, len(content))))
    if kind == 0:
        del content[at:]
    elif kind == 1:
        content[at : at + 16] = rng.bytes(16)
    elif kind == 2:
        for _ in range(8):
            content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
    else:
        content[at:at] = rng.bytes(40)
    path.write_bytes(content)


def said(rng: Random, count: int) -> dict[str, Any]:
    """Make options as users of a file of so many bands give them, good ones and bad."""
    options: dict[str, tuple[Any, ...]] = {
        "bands": (*[["blue", "green", "red", "nir", "swir16", "swir22"][:count]] * 6, "red,nir", ["red", "red"], [490, 560, 665]),
        "sensor": ("sentinel-2", "landsat-8", "rgb", "hls", "naip"),
        "scale": (1e-4, "1e-4", 0, [1e-4, 2e-4], float("nan")),
        "offset": (-0.1, "x", [0.0]),
        "nodata": (0, 255, -9999.0, 1e40, float("nan")),
        "mask": (np.zeros((24, 32)), np.zeros((9, 9), bool), xr.DataArray(np.zeros((24, 32)), dims=("y", "x")), "nowhere.tif"),
        "pixel_size": (10, -1, "ten"),
        "chunks": (40, "auto", True),
        "area": ((0, 0, 10, 10), (13.0, 51.0, 14.0, 53.0), "nowhere.geojson"),
    }
    usual = {"bands": 0.5, "sensor": 0.08, "chunks": 0.3}
    return {name: pick(rng, values) for name, values in options.items() if rng.random() < usual.get(name, 0.03)}


def attempt(make: Callable[[], xr.DataArray]) -> xr.DataArray | str:
    """Return a scene, checked and read (of one that a broken header makes huge, a part), or what was said against it."""
    try:
        return check_scene(make()[:, :100, :100].load())
    except (ValueError, OSError) as error:
        return f"{type(error).__name__}: {error}"


def check(seed: int, folder: Path) -> bool:
    """Write a raster and open it; whether it is a scene."""
    rng = np.random.default_rng(seed)
    folder.mkdir()
    path, count = (vrt if rng.random() < 0.1 else raster)(rng, folder)
    damaged = rng.random() < 0.4
    if damaged:
        damage(rng, path)
    options = said(rng, count)
    once = attempt(lambda: open_scene(path, **options))
    # What is whole is read alike; of what is broken, a driver may give what stood in memory.
    again = damaged and not isinstance(once, str)
    twice = attempt(lambda: open_scene(path, **options)) if again or seed % 4 == 0 else once
    if isinstance(once, str):
        assert isinstance(twice, str), f"seed {seed}: refused once, opened twice"
        assert 20 < len(once) < 1000, f"seed {seed}: {once}"
        assert "Traceback" not in once, f"seed {seed}: {once}"
        return False
    assert once.identical(twice), f"seed {seed}: opened twice, it is not the same"
    assert not np.isinf(once.values).any(), f"seed {seed}: infinite reflectance"
    return True


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("block", [range(i, i + 100) for i in range(0, 2000, 100)])
def test_odd_and_broken_rasters(tmp_path: Path, block: range) -> None:
    opened = sum(check(seed, tmp_path / str(seed)) for seed in block)
    assert 0.03 < opened / len(block) < 0.7, "or it tries one thing only"
