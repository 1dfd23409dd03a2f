"""Labels from a map of the world: its codes, laid over a scene of another grid."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.crs import CRS
from rasterio.transform import from_bounds
from rasterio.warp import Resampling, reproject

import spexlab
from spexlab.places import open_places
from spexlab.places.keeping import keep_place
from spexlab.places.worldcover import LEGEND, find_cover, place_by_cover
from spexlab.scene.grid import bounds_of, crs_of, to_degrees, transform_of
from spexlab.targets import CLASSES
from tests.support.catalogue import served, simulated_place

CODES = {CLASSES[word]: code for code, word in reversed(LEGEND.items())}


@pytest.fixture(scope="module")
def scene():
    return spexlab.simulate_scene(5, sensor="sentinel-2", size=96, pixel_size=10.0)


def write_map(path: Path, codes: np.ndarray, crs: CRS, transform: rasterio.Affine) -> Path:
    path.parent.mkdir(exist_ok=True)
    profile = {"driver": "GTiff", "count": 1, "dtype": codes.dtype, "height": codes.shape[0], "width": codes.shape[1]}
    with rasterio.open(path, "w", **profile, crs=crs, transform=transform) as file:
        file.write(codes, 1)
    return path


def map_of(scene, labels, path: Path, *, columns: slice = slice(None)) -> Path:
    """WorldCover as it comes: in degrees, finer than the scene's pixels here, so that warping it back loses nothing inside."""
    codes = np.vectorize(lambda code: CODES.get(code, 0))(labels).astype(np.uint8)
    whole = np.zeros_like(codes)
    whole[:, columns] = codes[:, columns]
    west, south, east, north = to_degrees(crs_of(scene)).transform_bounds(*bounds_of(scene))
    grid = from_bounds(west, south, east, north, 600, 600)
    out = np.zeros((600, 600), np.uint8)
    here = {"src_transform": transform_of(scene), "src_crs": crs_of(scene)}
    reproject(whole, out, **here, dst_transform=grid, dst_crs=CRS.from_epsg(4326), resampling=Resampling.nearest)
    return write_map(path, out, CRS.from_epsg(4326), grid)


def test_a_map_in_degrees_is_laid_over_a_scene(scene, tmp_path: Path) -> None:
    image, labels = scene
    place = place_by_cover(image, map_of(image, labels.values, tmp_path / "map.tif"), name="here")
    wanted = np.where(np.isin(labels.values, list(CODES)), labels.values, 0)
    assert (place.labels == wanted).mean() > 0.97
    assert set(np.unique(place.labels)) <= {0, *CODES}
    assert (place.quality, place.group, place.trainable) == ("coarse", "here", True)
    assert "CC BY 4.0" in place.extra["licence"]


def test_files_that_meet_are_laid_side_by_side(scene, tmp_path: Path) -> None:
    image, labels = scene
    left = map_of(image, labels.values, tmp_path / "left.tif", columns=slice(None, 50))
    right = map_of(image, labels.values, tmp_path / "right.tif", columns=slice(50, None))
    whole = place_by_cover(image, map_of(image, labels.values, tmp_path / "map.tif"), name="here")
    halves = place_by_cover(image, [left, right], name="here")
    assert (halves.labels == whole.labels).mean() > 0.99


def test_what_the_scene_does_not_show_and_what_two_classes_claim_is_unlabelled(scene, tmp_path: Path) -> None:
    image = scene[0].copy()
    image.values[:, :10] = np.nan
    mangroves = write_map(tmp_path / "map.tif", np.full(image.shape[1:], 95, np.uint8), crs_of(image), transform_of(image))
    with pytest.raises(ValueError, match="says nothing about this scene's pixels"):
        place_by_cover(image, mangroves, name="here")
    water = write_map(tmp_path / "map.tif", np.full(image.shape[1:], 80, np.uint8), crs_of(image), transform_of(image))
    labels = place_by_cover(image, water, name="here").labels
    assert (labels[:10] == 0).all()
    assert (labels[10:] == CLASSES["water"]).all()


def test_it_is_kept_as_a_place_to_learn_from(scene, tmp_path: Path) -> None:
    image, labels = scene
    place = place_by_cover(image, map_of(image, labels.values, tmp_path / "map.tif"), name="here", group="valley")
    (kept,) = open_places(keep_place(place, tmp_path / "places"))
    np.testing.assert_array_equal(kept.labels, place.labels)
    assert (kept.group, kept.quality, kept.trainable) == ("valley", "coarse", True)


def test_maps_are_found_in_a_catalogue(tmp_path: Path) -> None:
    here = simulated_place(tmp_path)
    image = here.truth.assign_attrs(date="2020-07-01")
    map_of(image, here.labels.values, tmp_path / "cover" / "map.tif")
    item = {
        "type": "Feature", "stac_version": "1.0.0", "stac_extensions": [], "id": "WorldCover_2020", "collection": "esa-worldcover",
        "geometry": here.area, "bbox": list(shapely.geometry.shape(here.area).bounds), "links": [],
        "properties": {"datetime": "2020-06-01T00:00:00Z", "eo:cloud_cover": 0.0},
        "assets": {"map": {"href": "cover/map.tif", "type": "image/tiff", "roles": ["data"]}},
    }  # fmt: skip
    here.items.append(item)
    with served(here) as server:
        found = find_cover(image, catalog=server.url)
        place = place_by_cover(image, found, name="here")
        with pytest.raises(ValueError, match=r"has no collection 'esa-worldcover'|has no map of this place for 2021"):
            find_cover(image, year=2021, catalog=server.url)
    assert [one.id for one in found] == ["WorldCover_2020"]
    known = np.isin(here.labels.values, list(CODES))
    assert (place.labels == here.labels.values)[known].mean() > 0.97


@pytest.mark.parametrize(
    ("metres", "cover", "said"),
    [(0.5, "map.tif", "no more than 10 m, but the scene's pixels are 0.5 m"), (10.0, [], "`cover` is empty")],
)
def test_what_cannot_be_labelled_is_refused(metres: float, cover: object, said: str) -> None:
    image, _ = spexlab.simulate_scene(1, size=32, pixel_size=metres)
    with pytest.raises(ValueError, match=said):
        place_by_cover(image, cover, name="here")
