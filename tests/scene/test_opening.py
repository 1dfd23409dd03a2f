"""Scenes from every kind of source, and every kind of bad source."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rioxarray
import xarray as xr
from rasterio.enums import ColorInterp

from spexlab.scene import SceneWarning, check_scene, open_scene, pixel_areas, pixel_size, rgb, sample_scene
from tests.support.rasters import BGRN, numbers, quiet, write


def test_geotiff_with_scale_tags(tmp_path: Path) -> None:
    path = write(tmp_path / "field_2021-07-16.tif", numbers(), names=BGRN, scales=[1e-4] * 4, nodata=0)
    scene = open_scene(path)
    assert scene.dims == ("band", "y", "x")
    assert scene.dtype == np.float32
    assert scene["band"].values.tolist() == BGRN
    assert np.allclose(scene.values, numbers() * 1e-4)
    assert scene.rio.crs.to_epsg() == 32633
    assert scene.rio.bounds() == (500_000.0, 5_799_760.0, 500_320.0, 5_800_000.0)
    assert scene.attrs["date"] == "2021-07-16"
    assert scene.attrs["title"] == "field_2021-07-16"
    assert not scene.attrs["radiometry_assumed"]
    assert pixel_size(scene) == 10.0
    assert np.allclose(pixel_areas(scene), 100.0, rtol=1e-3)
    json.dumps(scene.attrs)


def test_assumed_radiometry_is_a_visible_warning(tmp_path: Path) -> None:
    path = write(tmp_path / "raw.tif", numbers(), names=BGRN)
    with pytest.warns(SceneWarning, match="scale 1/10000, no offset assumed"):
        scene = open_scene(path)
    assert scene.attrs["radiometry_assumed"]
    with pytest.warns(SceneWarning, match="1/255 assumed"):
        picture = open_scene((numbers() // 16).astype("uint8"), bands=BGRN)
    assert float(picture.max()) <= 1.0


def test_sentinel_2_baseline_is_read_from_the_tags(tmp_path: Path) -> None:
    values = numbers()
    values[:, 0, 0] = 0
    path = write(tmp_path / "s2.tif", values, names=["B02", "B03", "B04", "B08"], tags={"PROCESSING_BASELINE": "05.09"})
    scene = open_scene(path)
    assert np.isnan(scene.values[:, 0, 0]).all()  # DN 0 is nodata by ESA's definition
    assert np.allclose(scene.values[:, 1:], values[:, 1:] * 1e-4 - 0.1, atol=1e-6)


@pytest.mark.parametrize("chunks", [None, 64])
def test_a_landsat_scene_that_is_mostly_fill_keeps_its_scale(tmp_path: Path, chunks: int | None) -> None:
    values = np.full((4, 400, 400), 10_000, "uint16")
    values[:, :, :240] = 0  # as along the edge of a path: zeros that no metadata call nodata
    scene = quiet(write(tmp_path / "l8.tif", values, names=BGRN), sensor="landsat-8", chunks=chunks).load()
    assert np.isnan(scene.values[:, :, :240]).all()
    assert np.allclose(scene.values[:, :, 240:], 10_000 * 2.75e-5 - 0.2)
    values[:, 60:340, 60:340] = 0  # nor does a hole in the middle, where a lazy scene is sampled first
    scene = quiet(write(tmp_path / "hole.tif", values, names=BGRN), sensor="landsat-8", chunks=chunks).load()
    assert np.allclose(scene.values[:, 0, 240:], 10_000 * 2.75e-5 - 0.2)


def test_bands_from_wavelengths_sensor_or_the_user(tmp_path: Path) -> None:
    tagged = write(tmp_path / "a.tif", numbers(), band_tags=[{"WAVELENGTH_NM": str(w)} for w in (490, 560, 665, 840)])
    assert quiet(tagged)["band"].values.tolist() == BGRN
    bare = write(tmp_path / "b.tif", numbers())
    assert quiet(bare, sensor="worldview")["band"].values.tolist() == BGRN
    assert quiet(bare, bands=["red", "green", "blue", 840])["band"].values.tolist() == ["red", "green", "blue", "nir"]
    with pytest.raises(ValueError, match=r"cannot be told apart; pass sensor=.*or bands="):
        open_scene(bare)


def test_usual_order_of_a_subset_is_a_visible_assumption(tmp_path: Path) -> None:
    path = write(tmp_path / "c.tif", numbers(), scales=[1e-4] * 4)
    with pytest.warns(SceneWarning, match="bands assumed to be blue, green, red, nir"):
        open_scene(path, sensor="sentinel-2")


def test_meaningless_descriptions_do_not_name_bands(tmp_path: Path) -> None:
    path = write(tmp_path / "d.tif", numbers(), names=["Band 1", "Band 2", "Band 3", "Band 4"])
    with pytest.raises(ValueError, match="cannot be told apart"):
        open_scene(path)


def test_wavelength_tags_refine_named_bands(tmp_path: Path) -> None:
    path = write(
        tmp_path / "e.tif", numbers(2), names=["red", "nir"], band_tags=[{"WAVELENGTH_NM": "645"}, {"WAVELENGTH_NM": "830"}]
    )
    assert quiet(path)["wavelength"].values.tolist() == [645.0, 830.0]


def test_alpha_band_masks_a_picture(tmp_path: Path) -> None:
    values = (numbers() // 20).astype("uint8")
    values[3] = 255
    values[3, :5] = 0
    colours = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
    scene = quiet(write(tmp_path / "f.tif", values, colours=colours))
    assert scene["band"].values.tolist() == ["red", "green", "blue"]
    assert np.isnan(scene.values[:, :5]).all()
    assert np.isfinite(scene.values[:, 5:]).all()


def test_quality_and_thermal_bands_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "g.tif", numbers(5), names=["red", "nir", "SCL", "lwir11", "swir16"])
    assert quiet(path)["band"].values.tolist() == ["red", "nir", "swir16"]


def test_zero_is_nodata_only_where_every_band_says_so(tmp_path: Path) -> None:
    values = (numbers() // 20).astype("uint8")
    values[:, 0, 0] = 0
    values[1, 5, 5] = 0
    scene = quiet(write(tmp_path / "h.tif", values, names=BGRN, nodata=0))
    assert np.isnan(scene.values[:, 0, 0]).all()
    assert scene.values[1, 5, 5] == 0.0


def test_nan_and_infinity_become_nodata() -> None:
    values = np.full((2, 6, 6), 0.2, dtype="float64")
    values[0, 0, 0], values[1, 2, 2] = np.nan, np.inf
    scene = open_scene(values, bands=["red", "nir"])
    assert int(np.isnan(scene.values).sum()) == 2
    assert not np.isinf(scene.values).any()


def test_area_reads_the_window_only(tmp_path: Path) -> None:
    path = write(tmp_path / "i.tif", numbers(), names=BGRN, scales=[1e-4] * 4, crs=None, transform=None)
    scene = open_scene(path, area=(4, 6, 12, 14))
    assert scene.shape == (4, 8, 8)
    assert np.allclose(scene.values, numbers()[:, 6:14, 4:12] * 1e-4)
    assert scene["x"].values[0] == 4.5
    assert scene.rio.crs is None
    with pytest.raises(ValueError, match="outside the scene"):
        open_scene(path, area=(400, 600, 500, 700))


def test_chunks_stay_lazy_and_agree_with_eager(tmp_path: Path) -> None:
    path = write(tmp_path / "j.tif", numbers(), names=BGRN, scales=[1e-4] * 4)
    lazy = open_scene(path, chunks={"y": 8, "x": 16})
    assert lazy.chunks == ((4,), (8, 8, 8), (16, 16))
    assert np.array_equal(lazy.values, open_scene(path).values)
    assert open_scene(path, chunks="auto").chunks is not None
    assert open_scene(open_scene(path), chunks=8).chunks[1] == (8, 8, 8)


def test_rioxarray_and_odc_stac_styles(tmp_path: Path) -> None:
    path = write(tmp_path / "k.tif", numbers(), names=BGRN, scales=[1e-4] * 4)
    expected = open_scene(path)
    opened = rioxarray.open_rasterio(path)
    assert isinstance(opened, xr.DataArray)
    assert np.allclose(open_scene(opened), expected)
    layers = {name: (("latitude", "longitude"), numbers()[i]) for i, name in enumerate(BGRN)}
    coords = {"latitude": 52.0 - np.arange(24) * 1e-4, "longitude": 13.0 + np.arange(32) * 1e-4}
    dataset = xr.Dataset(layers, coords=coords).expand_dims(time=[np.datetime64("2021-07-16")])
    scene = quiet(dataset)
    assert scene["band"].values.tolist() == BGRN
    assert scene.rio.crs.to_epsg() == 4326
    assert scene.attrs["date"] == "2021-07-16"
    assert np.allclose(scene, expected)
    assert quiet(dataset, bands=["nir", "red"])["band"].values.tolist() == ["nir", "red"]
    with pytest.raises(ValueError, match="'time' has 2 steps"):
        open_scene(xr.concat([dataset, dataset], "time"))


def test_stac_scale_and_offset_in_attributes() -> None:
    variable = xr.DataArray(numbers()[0], dims=("y", "x"), attrs={"raster:bands": [{"scale": 1e-4, "offset": -0.1}], "nodata": 0})
    scene = open_scene(xr.Dataset({"red": variable, "nir": variable}))
    assert np.allclose(scene.values[0], numbers()[0] * 1e-4 - 0.1, atol=1e-6)
    item = {"properties": {"s2:processing_baseline": "05.00"}, "assets": {"red": {}, "nir": {}}}
    bare = xr.DataArray(numbers()[:2], dims=("band", "y", "x"), coords={"band": ["red", "nir"]}, attrs={"stac_item": item})
    assert np.allclose(open_scene(bare), numbers()[:2] * 1e-4 - 0.1, atol=1e-6)


def test_south_up_rasters_are_turned() -> None:
    y = np.arange(24) * 10.0 + 5_000_000.0
    data = xr.DataArray(numbers(2), dims=("band", "y", "x"), coords={"band": ["red", "nir"], "y": y, "x": np.arange(32) * 10.0})
    scene = quiet(data.rio.write_crs(32633))
    assert scene["y"].values[0] > scene["y"].values[-1]
    assert np.allclose(scene.values, numbers(2)[:, ::-1] * 1e-4)


def test_arrays_with_bands_first_or_last() -> None:
    first = quiet((numbers(), BGRN))
    last = quiet(np.moveaxis(numbers(), 0, -1), bands="blue,green,red,nir")
    assert np.array_equal(first.values, last.values)
    assert first.attrs["pixel_size_m"] is None
    assert quiet(numbers(), sensor="worldview").attrs["pixel_size_m"] == 2.0


def test_spyndex_sample_has_rows_then_columns() -> None:
    import spyndex

    stored = spyndex.datasets.open("sentinel")
    sample = sample_scene()
    assert np.allclose(sample.values, stored.values / 10_000.0)
    assert np.allclose(quiet(stored), sample)
    assert sample.attrs["sensor"] == "sentinel-2"
    assert sample.rio.crs is None
    assert pixel_areas(sample) is None
    assert pixel_size(sample) == 10.0


def test_a_scene_opens_as_itself() -> None:
    sample = sample_scene()
    assert open_scene(sample) is sample
    assert open_scene(sample, area=(0, 0, 10, 10)).shape == (4, 10, 10)


@pytest.mark.parametrize(
    ("source", "options", "complaint"),
    [
        (np.zeros((1, 8, 8), "float32"), {"bands": ["red"]}, "at least two bands"),
        (np.zeros((8, 8), "float32"), {"bands": ["red"]}, "at least two bands"),
        (np.zeros((2, 0, 8), "float32"), {"bands": ["red", "nir"]}, "must have pixels"),
        (np.full((2, 8, 8), np.nan), {"bands": ["red", "nir"]}, "no valid pixel"),
        (np.zeros((3, 8, 8), "uint8"), {}, "cannot be told apart"),
        (np.zeros((3, 8, 8), "uint8"), {"bands": ["red", "nir"]}, "must name each of the 3 bands"),
        (np.zeros((5, 8, 8), "uint16"), {"sensor": "sentinel-2"}, "has 4 or 6 or 10 or 12 bands, but this has 5"),
        (np.zeros((4, 8, 8), "uint16"), {"sensor": "hubble"}, "unknown sensor 'hubble'"),
        (np.zeros((2, 2, 8, 8), "uint16"), {"bands": ["red", "nir"]}, "must have shape"),
        (np.zeros((2, 8, 8), "complex64"), {"bands": ["red", "nir"]}, "integers or floats"),
        (42, {}, "path or URL"),
        (xr.Dataset(), {}, "variables over y and x"),
        (xr.DataArray(np.zeros(3), dims="time"), {}, r"dims \(band, y, x\)"),
    ],
)
def test_bad_sources_are_refused_with_what_to_do(source: object, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        open_scene(source, **options)


def test_bad_files(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such file"):
        open_scene(tmp_path / "missing.tif")
    (tmp_path / "notes.tif").write_text("hello")
    with pytest.raises(OSError, match=r"cannot read .*notes.tif as a raster"):
        open_scene(tmp_path / "notes.tif")
    whole = write(tmp_path / "whole.tif", numbers(4, 400, 400), names=BGRN).read_bytes()
    (tmp_path / "cut.tif").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(OSError, match="cannot read"):
        open_scene(tmp_path / "cut.tif")
    empty = write(tmp_path / "empty.tif", np.zeros((4, 8, 8), "uint16"), names=BGRN, nodata=0)
    for chunks in (None, "auto"):
        with pytest.raises(ValueError, match="no valid pixel"):
            open_scene(empty, chunks=chunks)


# In a process of its own: GDAL holds Python's lock while it waits for the answer.
WEB_SERVER = """
import http.server, sys
body = open(sys.argv[1], "rb").read()
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        found = self.path.startswith("/web.tif?")
        first, last = (self.headers.get("Range") or "bytes=0-").split("=")[1].split("-")
        part = body[int(first) : int(last or len(body)) + 1] if found else b""
        self.send_response(404 if not found else 206 if "Range" in self.headers else 200)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Content-Range", f"bytes {first}-{int(first) + len(part) - 1}/{len(body)}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(part)
    do_HEAD = do_GET
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    path = write(tmp_path / "web.tif", numbers(), names=BGRN, scales=[1e-4] * 4)
    with subprocess.Popen([sys.executable, "-c", WEB_SERVER, str(path)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.terminate()


def test_a_url_is_read_and_its_key_is_not_kept(web: str, tmp_path: Path) -> None:
    scene = open_scene(f"{web}/web.tif?sig=secret")
    assert np.array_equal(scene.values, open_scene(tmp_path / "web.tif").values)
    assert scene.attrs["title"] == "web"
    assert "secret" not in json.dumps(scene.attrs)
    with pytest.raises(OSError, match="cannot read") as caught:
        open_scene(f"{web}/nowhere.tif?sig=secret")
    assert "secret" not in str(caught.value)


def test_rgb_stretches_each_band_and_shows_nodata_black() -> None:
    ramp = np.tile(np.linspace(0.0, 0.5, 101, dtype="float32"), (4, 10, 1))
    ramp[:, 0] = np.nan
    scene = open_scene(ramp, bands=BGRN)
    picture = rgb(scene, percentiles=(0, 100))
    assert picture.shape == (10, 101, 3)
    assert picture.dtype == np.uint8
    assert (picture[0] == 0).all()
    assert picture[1, 0].tolist() == [0, 0, 0]
    assert picture[1, -1].tolist() == [255, 255, 255]
    assert picture[1, 50].tolist() == [128, 128, 128]


def test_rgb_says_what_is_missing() -> None:
    infrared = open_scene(np.full((3, 8, 8), 0.2), bands=["nir08", "red", "green"])
    assert rgb(infrared, composite="false colour").shape == (8, 8, 3)
    with pytest.raises(ValueError, match="show it in false colour"):
        rgb(infrared)


def test_check_scene_names_the_problem() -> None:
    sample = sample_scene()
    assert check_scene(sample) is sample
    for broken, complaint in (
        (sample.values, "must be a DataArray"),
        (sample.rename(x="column"), "dims"),
        (sample.drop_vars("wavelength"), "wavelength"),
        (sample.astype("float64"), "float64"),
        (sample[:1], "at least two bands"),
        (sample.where(False), "no valid pixel"),
    ):
        with pytest.raises(ValueError, match=complaint):
            check_scene(broken)
