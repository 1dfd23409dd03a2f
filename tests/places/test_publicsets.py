"""Small stand-ins in the layouts that the sets' own loaders read."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from spexlab.places import PUBLIC_SETS, open_public_set
from spexlab.places.labelled import target_labels

SIDE = 24


def write(path: Path, layers: np.ndarray, *, size: float = 1.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {"driver": "GTiff", "crs": "EPSG:32618", "transform": from_origin(4e5, 4.3e6, size, size), "dtype": layers.dtype}
    with rasterio.open(path, "w", count=len(layers), height=layers.shape[1], width=layers.shape[2], **profile) as file:
        file.write(layers)


def noise(bands: int, dtype: type, top: int) -> np.ndarray:
    return np.random.default_rng(0).integers(1, top, (bands, SIDE, SIDE)).astype(dtype)


@pytest.fixture
def chesapeake(tmp_path) -> Path:
    folder = tmp_path / "de_1m_2013_extended-debuffered-val_tiles"
    write(folder / "m_1_ne_naip-new.tif", noise(4, np.uint8, 255))
    codes = np.array([1, 2, 3, 4, 5, 15], np.uint8).repeat(4)[:, None].repeat(SIDE, 1)
    write(folder / "m_1_ne_lc.tif", codes[None])
    roofs = np.zeros((1, SIDE, SIDE), np.uint8)
    roofs[0, 14:18] = 1  # half on barren land, half on impervious
    write(folder / "m_1_ne_buildings.tif", roofs)
    return tmp_path


def test_chesapeake(chesapeake) -> None:
    (place,) = open_public_set("chesapeake", chesapeake)
    assert place.scene["band"].values.tolist() == ["red", "green", "blue", "nir"]
    assert np.unique(place.labels).tolist() == [0, 1, 2, 5, 6, 7, 11]
    assert (place.labels[16:18] == 5).all()
    assert (place.labels[14:16] == 7).all()
    assert place.extra["split"] == "validation"
    assert place.complete_for == ("water", "trees", "bare", "buildings", "impervious")
    present, known = target_labels(place.labels, "vegetation", complete_for=place.complete_for)
    assert not known.any(), "its low vegetation mixes lawns and fields"
    present, known = target_labels(place.labels, "trees", complete_for=place.complete_for)
    assert present[4:8].all()
    assert known[8:12].all(), "low vegetation is known to be no tree"


def test_chesapeake_without_footprints_knows_no_buildings(chesapeake) -> None:
    next(chesapeake.rglob("*_buildings.tif")).unlink()
    (place,) = open_public_set("chesapeake", chesapeake)
    assert place.complete_for == ("water", "trees", "bare")


def test_segmunich(tmp_path) -> None:
    write(tmp_path / "train" / "img" / "chip_1.tif", noise(10, np.uint16, 4000), size=10.0)
    codes = np.array([21, 22, 23, 31, 5, 12], np.uint8).repeat(4)[:, None].repeat(SIDE, 1)
    write(tmp_path / "train" / "label" / "chip_1.tif", codes[None], size=10.0)
    (place,) = open_public_set("segmunich", tmp_path)
    assert place.scene["band"].values.tolist()[-3:] == ["nir08", "swir16", "swir22"]
    assert place.labels[::4, 0].tolist() == [4, 0, 3, 2, 1, 5]
    assert (place.extra["split"], place.group) == ("training", "segmunich-train")
    assert float(place.scene.max()) < 1


@pytest.mark.parametrize(("kind", "bands"), [("MUL-PanSharpen", 8), ("RGB-PanSharpen", 3)])
def test_spacenet(tmp_path, kind, bands) -> None:
    root = tmp_path / "AOI_2_Vegas_Train"
    write(root / kind / f"{kind}_AOI_2_Vegas_img1.tif", noise(bands, np.uint16, 2000))
    ring = [[4e5 + 2, 4.3e6 - 2], [4e5 + 8, 4.3e6 - 2], [4e5 + 8, 4.3e6 - 6], [4e5 + 2, 4.3e6 - 6], [4e5 + 2, 4.3e6 - 2]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32618"}}
    label = root / "geojson" / "buildings" / "buildings_AOI_2_Vegas_img1.geojson"
    label.parent.mkdir(parents=True)
    label.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    (place,) = open_public_set("spacenet", tmp_path)
    assert place.scene.sizes["band"] == bands
    assert (place.labels == 5).sum() == 24
    assert (place.labels[2:6, 2:8] == 5).all()
    assert (place.group, place.complete_for) == ("AOI_2_Vegas", ("buildings",))


@pytest.mark.parametrize("name", sorted(PUBLIC_SETS))
def test_what_is_not_there_says_where_to_get_it(tmp_path, name) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        list(open_public_set(name, tmp_path))
    assert PUBLIC_SETS[name].page in str(caught.value)
    assert PUBLIC_SETS[name].tree in str(caught.value)


def test_an_unknown_set(tmp_path) -> None:
    with pytest.raises(ValueError, match="public sets are chesapeake, segmunich, spacenet, but 'eurosat' was given"):
        list(open_public_set("eurosat", tmp_path))
