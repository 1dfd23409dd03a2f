"""Files that would hang, lie about their place, or give garbage: opened as they are, or refused in one line."""

import os
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint

from spexlab.scene import SceneWarning, open_scene, pixel_areas, pixel_size
from tests.support.rasters import BGRN, UTM, numbers, quiet, write

VRT = '<VRTDataset rasterXSize="64" rasterYSize="64">{}</VRTDataset>'
VRT_BAND = (
    '<VRTRasterBand dataType="Byte" band="{}"><SimpleSource><SourceFilename relativeToVRT="1">{}</SourceFilename>'
    "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
)


def vrt(path: Path, source: str) -> Path:
    path.write_text(VRT.format("".join(VRT_BAND.format(i, source) for i in (1, 2))))
    return path


@pytest.mark.timeout(20)
def test_pipes_are_refused_before_anybody_waits_for_them(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tif")
    vrt(tmp_path / "a.vrt", "pipe.tif")
    for path in (tmp_path / "pipe.tif", tmp_path / "a.vrt", vrt(tmp_path / "b.vrt", "a.vrt")):
        with pytest.raises(OSError, match=r"pipe.tif as a raster: it is a pipe or a device"):
            open_scene(path, bands=["red", "nir"])
    vrt(tmp_path / "loop.vrt", "loop.vrt")
    with pytest.raises(OSError, match="cannot read"):
        open_scene(tmp_path / "loop.vrt", bands=["red", "nir"])


@pytest.mark.parametrize("content", [b'<VRTDataset rasterXSize="64" \xff\x80', VRT.format("").encode() + b"\xff", b"<VRTDataset>"])
def test_a_broken_vrt_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.vrt").write_bytes(content)
    with pytest.raises((OSError, ValueError), match=r"a.vrt"):
        open_scene(tmp_path / "a.vrt", bands=["red", "nir"])
    named = vrt(tmp_path / "b.vrt", "missing").read_bytes().replace(b"missing", b"\xff\xfemissing")
    (tmp_path / "b.vrt").write_bytes(named)
    with pytest.raises(OSError, match=r"cannot read .*b.vrt"):
        open_scene(tmp_path / "b.vrt", bands=["red", "nir"])


@pytest.mark.parametrize("left", [0.3, 0.9, 0.99])
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_png_that_is_cut_short_is_refused(tmp_path: Path, left: float) -> None:
    values = (numbers(3, 200, 300) // 16).astype("uint8")
    whole = write(tmp_path / "a.png", values, driver="PNG", crs=None, transform=None)
    assert quiet(whole).shape == (3, 200, 300)
    content = whole.read_bytes()
    (tmp_path / "cut.png").write_bytes(content[: int(len(content) * left)])
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 0xFF
    (tmp_path / "flipped.png").write_bytes(flipped)
    for name in ("cut.png", "flipped.png"):
        with pytest.raises(OSError, match=f"{name} as a raster: the PNG is broken or cut short"):
            open_scene(tmp_path / name)


def test_a_large_file_stays_lazy_however_few_bytes_it_has(tmp_path: Path) -> None:
    size = {"count": 4, "height": 30_000, "width": 30_000, "dtype": "uint8"}
    path = tmp_path / "sparse.tif"
    with rasterio.open(path, "w", driver="GTiff", sparse_ok=True, tiled=True, crs=32633, transform=UTM, **size) as file:
        file.write(np.full((4, 512, 512), 90, "uint8"), window=((14_848, 15_360), (14_848, 15_360)))
        file.descriptions = BGRN
    assert path.stat().st_size < 2**22
    scene = quiet(path)
    assert scene.chunks is not None
    assert scene.shape == (4, 30_000, 30_000)
    assert scene[:, 15_000, 15_000].values == pytest.approx(90 / 255)


def with_gcps(path: Path, *, crs: int | None) -> Path:
    """Write a file that only ground control points put in its place: 10 m pixels, their corner where `UTM` has it."""
    write(path, numbers(), names=BGRN, scales=[1e-4] * 4, crs=None, transform=None)
    corners = [(row, column, *(UTM * (column, row))) for row in (0, 24) for column in (0, 32)]
    with rasterio.open(path, "r+") as file:
        points = [GroundControlPoint(row=row, col=column, x=x, y=y) for row, column, x, y in corners]
        file.gcps = points, rasterio.crs.CRS.from_epsg(crs) if crs else rasterio.crs.CRS()
    return path


@pytest.mark.parametrize("chunks", [None, 8])
def test_ground_control_points_give_a_place(tmp_path: Path, chunks: int | None) -> None:
    path = with_gcps(tmp_path / "a.tif", crs=32633)
    with pytest.warns(SceneWarning, match="placed by its 4 ground control points, and warped"):
        scene = open_scene(path, chunks=chunks)
    assert scene.rio.crs.to_epsg() == 32633
    assert scene.rio.bounds() == pytest.approx((500_000.0, 5_799_760.0, 500_320.0, 5_800_000.0))
    assert np.allclose(scene.values, numbers() * 1e-4)
    assert np.allclose(pixel_areas(scene), 100.0, rtol=1e-3)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_control_points_without_a_crs_give_none_and_that_is_said(tmp_path: Path) -> None:
    with pytest.warns(SceneWarning, match="its place is not known"):
        scene = open_scene(with_gcps(tmp_path / "a.tif", crs=None))
    assert scene.rio.crs is None


@pytest.mark.parametrize("chunks", [None, 8])
def test_a_raster_that_lies_on_its_side_is_put_upright(tmp_path: Path, chunks: int | None) -> None:
    sideways = Affine(0.0, 10.0, 500_000.0, 10.0, 0.0, 5_800_000.0)  # rows run to the east, columns to the north
    path = write(tmp_path / "a.tif", numbers(), names=BGRN, scales=[1e-4] * 4, transform=sideways)
    with pytest.warns(SceneWarning, match="rotated on the map, and warped"):
        scene = open_scene(path, chunks=chunks)
    assert scene.rio.bounds() == pytest.approx((500_000.0, 5_800_000.0, 500_240.0, 5_800_320.0))
    assert np.allclose(scene.values, numbers().transpose(0, 2, 1)[:, ::-1] * 1e-4)


def test_a_tilted_raster_is_warped_and_its_corners_are_empty(tmp_path: Path) -> None:
    tilted = Affine.translation(500_000, 5_800_000) @ Affine.rotation(30) @ Affine.scale(10, -10)
    path = write(tmp_path / "a.tif", numbers(), names=BGRN, scales=[1e-4] * 4, transform=tilted)
    scene = quiet(path)
    filled = np.isfinite(scene.values[0])
    assert not filled[[0, 0, -1, -1], [0, -1, 0, -1]].any()
    assert filled.sum() == pytest.approx(24 * 32, rel=0.03)
    x, y = tilted * (16.5, 12.5)
    assert scene.sel(x=x, y=y, method="nearest").values == pytest.approx(numbers()[:, 12, 16] * 1e-4)


@pytest.mark.parametrize(("unit", "metres"), [('UNIT["metre",1]', 5.0), ('UNIT["foot",0.3048]', 1.524)])
def test_a_site_grid_is_no_geography_but_its_unit_is_known(tmp_path: Path, unit: str, metres: float) -> None:
    place = {"crs": f'LOCAL_CS["site grid",{unit}]', "transform": Affine(5.0, 0.0, 100.0, 0.0, -5.0, 200.0)}
    scene = open_scene(write(tmp_path / "a.tif", numbers(), names=BGRN, scales=[1e-4] * 4, **place))
    assert scene.rio.crs is None
    assert scene["x"].values[0] == 0.5
    assert pixel_size(scene) == pytest.approx(metres)
    assert pixel_areas(scene) is None


def test_another_planet_is_no_place_on_earth(tmp_path: Path) -> None:
    mars = 'GEOGCS["Mars",DATUM["D_Mars",SPHEROID["Mars",3396190,169.89]],PRIMEM["Reference",0],UNIT["Degree",0.0174532925199433]]'
    place = {"crs": mars, "transform": Affine(1e-3, 0.0, 30.0, 0.0, -1e-3, 10.0)}
    scene = open_scene(write(tmp_path / "a.tif", numbers(), names=BGRN, scales=[1e-4] * 4, **place))
    assert scene.rio.crs is None
    assert pixel_size(scene) is None


@pytest.mark.parametrize("place", [(32633, -1e9, 5_800_000.0), (4326, 13.0, 95.0), (4326, 1000.0, 52.0)])
def test_coordinates_that_are_no_place_on_earth_are_refused(tmp_path: Path, place: tuple[int, float, float]) -> None:
    crs, x, y = place
    path = write(tmp_path / "a.tif", numbers(), names=BGRN, crs=crs, transform=Affine(1e-3, 0.0, x, 0.0, -1e-3, y))
    with pytest.raises(ValueError, match=r"must lie on Earth, but the middle of this one at .* is no place in WGS 84"):
        open_scene(path)


def test_a_header_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    path = vrt(tmp_path / "a.vrt", "nowhere.tif")
    for text in (path.read_text().replace('"64"', '"2000000"'), path.read_text().replace('Size="64" ', 'Size="268435487" ')):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"at most 7e.10 pixels, 2e.07 a side, but .*a.vrt says that it has 2\d+ x"):
            open_scene(path, bands=["red", "nir"])
