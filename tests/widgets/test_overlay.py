import numpy as np
import pytest
import rasterio.warp
import xarray as xr

from tests.support.apps import picture
from widgets.map.overlay import (
    BACKGROUND,
    GREY,
    composites,
    mask_overlay,
    outline_overlay,
    pixel_at,
    scene_overlay,
    values_overlay,
)

BANDS = {"blue": 490.0, "green": 560.0, "red": 665.0, "nir": 842.0, "swir16": 1610.0}
OFF_CENTRE = {"crs": "EPSG:32631", "x": 660_000.0, "y": 5_000_000.0}
"""A corner two degrees east of the central meridian of UTM zone 31."""


def grid(
    height: int = 60, width: int = 80, *, place: dict | None = None, bands: tuple[str, ...] = ("blue", "green", "red", "nir")
) -> xr.DataArray:
    size, left, top = (1.0, 0.0, 0.0) if place is None else (10.0, place["x"], place["y"])
    down = 1.0 if place is None else -1.0
    values = np.random.default_rng(0).uniform(0.02, 0.4, (len(bands), height, width)).astype("float32")
    coords = {
        "band": list(bands),
        "wavelength": ("band", [BANDS[band] for band in bands]),
        "y": top + down * size * (np.arange(height) + 0.5),
        "x": left + size * (np.arange(width) + 0.5),
    }
    scene = xr.DataArray(values, dims=("band", "y", "x"), coords=coords)
    return scene if place is None else scene.rio.write_crs(place["crs"])


def mask_of(scene: xr.DataArray, *pixels: tuple[int, int]) -> xr.DataArray:
    mask = xr.zeros_like(scene.isel(band=0, drop=True), dtype=bool)
    for row, column in pixels:
        mask[row, column] = True
    return mask


def mercator(lon: float, lat: float) -> tuple[float, float]:
    (x,), (y,) = rasterio.warp.transform("EPSG:4326", "EPSG:3857", [lon], [lat])
    return x, y


@pytest.mark.parametrize("pixel", [(0, 0), (0, 79), (59, 0), (59, 79), (31, 40)])
def test_a_pixel_lies_where_its_coordinates_say_two_degrees_off_the_zone_centre(pixel: tuple[int, int]) -> None:
    scene = grid(place=OFF_CENTRE)
    overlay = mask_overlay(mask_of(scene, pixel), colour="#0072B2")
    rows, columns = np.nonzero(np.asarray(picture(overlay)))
    height, width = np.asarray(picture(overlay)).shape
    (south, west), (north, east) = overlay.bounds
    (left, bottom), (right, top) = mercator(west, south), mercator(east, north)
    # As the browser does it: linearly between the corners, in Web Mercator.
    x = left + (columns.mean() + 0.5) / width * (right - left)
    y = top - (rows.mean() + 0.5) / height * (top - bottom)
    (x,), (y,) = rasterio.warp.transform("EPSG:3857", OFF_CENTRE["crs"], [x], [y])
    expected = float(scene["x"][pixel[1]]), float(scene["y"][pixel[0]])
    assert (x, y) == pytest.approx(expected, abs=2.0), "metres, where a pixel has ten"


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)], ids=["top left", "top right", "bottom left", "bottom right"])
def test_the_scenes_corners_lie_within_a_pixel_of_its_georeference_two_degrees_off_the_zone_centre(corner: tuple[int, int]) -> None:
    scene = grid(100, 120, place=OFF_CENTRE)
    overlay = mask_overlay(mask_of(scene) | True, colour="#0072B2")
    painted = np.asarray(picture(overlay)) > 0
    (south, west), (north, east) = overlay.bounds
    (left, bottom), (right, top) = mercator(west, south), mercator(east, north)
    x0, y0, x1, y1 = scene.rio.bounds()
    lon, lat = rasterio.warp.transform(OFF_CENTRE["crs"], "EPSG:4326", [(x0, x1)[corner[1]]], [(y1, y0)[corner[0]]])
    x, y = mercator(lon[0], lat[0])
    column = (x - left) / (right - left) * painted.shape[1]
    row = (top - y) / (top - bottom) * painted.shape[0]
    rows, columns = np.nonzero(painted)
    # The painted pixel nearest to where the corner belongs, in pixels of the scene: ten metres each.
    step = (right - left) / painted.shape[1] / 10 * np.cos(np.deg2rad(lat[0]))
    assert np.hypot(rows + 0.5 - row, columns + 0.5 - column).min() * step < 1.0
    assert rasterio.warp.transform_bounds(OFF_CENTRE["crs"], "EPSG:4326", x0, y0, x1, y1) == pytest.approx(
        (west, south, east, north), abs=10 / 78_000
    )


def test_an_outline_surrounds_its_pixels_with_a_line_finer_than_they_are() -> None:
    scene = grid(60, 80)
    block = mask_of(scene, *((row, column) for row in range(20, 30) for column in range(40, 60)))
    overlay = outline_overlay(block)
    # One pixel more on each side; 16 steps a pixel.
    assert overlay.bounds == ((-31.0, 39.0), (-19.0, 61.0))
    line = np.asarray(picture(overlay))
    rows, columns = np.nonzero(line)
    assert (rows.min() / 16, columns.min() / 16) == (1.0, 1.0)
    assert ((rows.max() + 1) / 16, (columns.max() + 1) / 16) == (11.0, 21.0)
    assert line[6 * 16, 11 * 16] == 0, "nothing is filled"


def test_an_outline_of_nothing_is_clear() -> None:
    assert not np.asarray(picture(outline_overlay(mask_of(grid(20, 20))))).any()


def test_values_are_coloured_between_their_limits_and_clear_where_unknown() -> None:
    values = grid(1, 4).isel(band=0, drop=True).copy(data=np.array([[-5.0, 0.0, 1.0, np.nan]], "float32"))
    image = picture(values_overlay(values, limits=(0.0, 1.0), colours="viridis"))
    assert np.asarray(image).tolist() == [[1, 1, 255, 0]]
    assert np.asarray(image.convert("RGBA"))[0, :, 3].tolist() == [255, 255, 255, 0]
    assert tuple(np.asarray(image.convert("RGB"))[0, 2]) == (253, 231, 36)


@pytest.mark.parametrize("pixel", [(0, 0), (59, 79), (31, 40)])
def test_a_point_on_the_map_is_the_pixel_that_lies_there(pixel: tuple[int, int]) -> None:
    scene = grid(place=OFF_CENTRE)
    x, y = [float(scene["x"][pixel[1]])], [float(scene["y"][pixel[0]])]
    (lon,), (lat,) = rasterio.warp.transform(OFF_CENTRE["crs"], "EPSG:4326", x, y)
    assert pixel_at(scene, lon, lat) == pixel
    assert pixel_at(scene, lon + 1, lat) is None
    assert pixel_at(grid(), 5.5, 7.9) == (7, 5)


def test_a_mask_of_part_of_a_scene_lies_in_that_part() -> None:
    scene = grid(place=OFF_CENTRE)
    whole = mask_overlay(mask_of(scene), colour="#0072B2").bounds
    part = mask_overlay(mask_of(scene.isel(y=slice(20, 40), x=slice(30, 70))), colour="#0072B2").bounds
    assert whole[0][0] < part[0][0] < part[1][0] < whole[1][0]
    assert whole[0][1] < part[0][1] < part[1][1] < whole[1][1]


def test_without_a_crs_the_map_is_in_pixels_and_latitudes_grow_upwards() -> None:
    scene = grid(60, 80)
    assert mask_overlay(mask_of(scene), colour="#0072B2").bounds == ((-60.0, 0.0), (0.0, 80.0))
    part = scene.isel(y=slice(10, 30), x=slice(5, 25))
    assert mask_overlay(mask_of(part), colour="#0072B2").bounds == ((-30.0, 5.0), (-10.0, 25.0))


def test_a_mask_is_a_palette_png_clear_outside_translucent_inside_opaque_at_its_edge() -> None:
    scene = grid(9, 9)
    block = mask_of(scene, *((row, column) for row in range(2, 7) for column in range(2, 7)))
    image = picture(mask_overlay(block, colour="#0072B2"))
    assert (image.format, image.mode) == ("PNG", "P")
    pixels = np.asarray(image.convert("RGBA"))
    assert pixels[0, 0, 3] == 0
    assert tuple(pixels[4, 4, :3]) == (0x00, 0x72, 0xB2)
    assert 0 < pixels[4, 4, 3] < 255
    assert pixels[2, 4, 3] == 255


def test_a_mask_that_fills_the_grid_has_no_edge() -> None:
    scene = grid(5, 5)
    pixels = np.asarray(picture(mask_overlay(mask_of(scene) | True, colour="#0072B2")))
    assert set(np.unique(pixels)) == {1}


def test_a_scene_is_a_jpeg_with_background_where_it_has_no_pixels() -> None:
    scene = grid(place=OFF_CENTRE)
    scene[:, :30] = np.nan
    image = picture(scene_overlay(scene, composite="true colour"))
    assert image.format == "JPEG"
    pixels = np.asarray(image).astype(int)
    assert np.abs(pixels[len(pixels) // 4, pixels.shape[1] // 2] - BACKGROUND).max() < 4
    assert np.ptp(pixels[len(pixels) * 3 // 4].reshape(-1)) > 100


def test_a_grid_in_degrees_keeps_its_corners() -> None:
    scene = grid(10, 20).assign_coords(y=46 - 0.01 * (np.arange(10) + 0.5), x=7 + 0.01 * (np.arange(20) + 0.5)).rio.write_crs(4326)
    (south, west), (north, east) = scene_overlay(scene, composite="true colour").bounds
    assert (west, north) == pytest.approx((7.0, 46.0), abs=1e-6)
    assert (south, east) == pytest.approx((45.9, 7.2), abs=1e-6)


@pytest.mark.parametrize("degrees", [False, True])
def test_a_scene_across_180_lies_in_one_piece(*, degrees: bool) -> None:
    y, x = np.arange(6), np.arange(80)
    places = {4326: (-16 - 0.1 * y, 176.05 + 0.1 * x), 32760: (8_200_000 - 20_000 * y, 460_000 + 10_000 * x)}
    crs = 4326 if degrees else 32760  # around Fiji
    scene = grid(6, 80).assign_coords(y=places[crs][0], x=places[crs][1]).rio.write_crs(crs)
    block = mask_of(scene, *((row, column) for row in range(6) for column in (0, 1, 78, 79)))
    overlay = mask_overlay(block, colour="#0072B2")
    (_, west), (_, east) = overlay.bounds
    assert 175 < west < 180 < east < 185
    painted = np.asarray(picture(overlay)) > 0
    used = np.nonzero(painted.any(axis=0))[0] / painted.shape[1]
    assert ((used < 0.05) | (used > 0.95)).all(), "the first and the last columns, at either end of the picture"
    assert used.min() < 0.01
    assert used.max() > 0.99
    lat = sum(corner[0] for corner in overlay.bounds) / 2
    for lon, column in ((west + 0.02, 0), (east - 0.02, 79)):
        for turn in (0, -360):
            assert pixel_at(scene, lon + turn, lat)[1] == column


@pytest.mark.parametrize(
    ("bands", "possible"),
    [
        (("blue", "green", "red", "nir"), ("true colour", "false colour")),
        (("blue", "green", "red"), ("true colour",)),
        (("green", "red", "nir"), ("false colour",)),
        (("nir", "swir16"), (GREY,)),
    ],
)
def test_only_composites_that_the_bands_allow_are_offered_and_each_can_be_shown(
    bands: tuple[str, ...], possible: tuple[str, ...]
) -> None:
    scene = grid(8, 8, bands=bands)
    assert composites(scene) == possible
    for name in possible:
        assert picture(scene_overlay(scene, composite=name)).size == (8, 8)
