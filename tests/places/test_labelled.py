import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from spexlab.places import open_places, target_labels

LABELS = np.array([[0, 1, 2, 5], [6, 9, 10, 11]], np.uint8)
"""unlabelled, water, trees, buildings / impervious, wetland, cloud, known negative"""


def _where(mask):
    return {int(code) for code in LABELS[mask]}


@pytest.mark.parametrize(
    ("target", "options", "present", "known"),
    [
        ("water", {}, {1}, {1, 2, 5, 6, 9}),
        ("vegetation", {}, {2, 9}, {1, 2, 5, 6, 9}),
        ("built-up", {}, {5, 6}, {1, 2, 5, 6, 9}),
        ("water", {"complete_for": ("water",)}, {1}, {1, 2, 5, 6, 9, 11}),
        ("built-up", {"complete_for": ("buildings",)}, set(), set()),
        ("buildings", {"complete_for": ("buildings",)}, {5}, {1, 2, 5, 6, 9, 11}),
        ("vegetation", {"complete_for": ("vegetation",)}, {2, 9}, {1, 2, 5, 6, 9, 11}),
        ("trees", {"complete_for": ("vegetation",)}, set(), set()),
        ("buildings", {"complete_for": ("buildings",), "pixel_size": 30.0}, set(), set()),
        ("buildings", {"complete_for": ("built-up",), "pixel_size": 30.0}, {5, 6}, {1, 2, 5, 6, 9, 11}),
        ("buildings", {"pixel_size": 0.5}, {5}, {1, 2, 5, 6, 9}),
        ("buildings", {"pixel_size": 30.0}, {5, 6}, {1, 2, 5, 6, 9}),
    ],
)
def test_what_a_label_says_of_a_target(target, options, present, known) -> None:
    found, sure = target_labels(LABELS, target, **options)
    assert (_where(found), _where(sure)) == (present, known)


def _write_place(folder, name, reflectance, labels, **record):
    profile = {"driver": "GTiff", "crs": "EPSG:32631", "transform": from_origin(5e5, 5e6, 10, 10)}
    profile |= {"height": labels.shape[0], "width": labels.shape[1]}
    for part in ("scenes", "labels"):
        (folder / part).mkdir(exist_ok=True)
    with rasterio.open(folder / f"scenes/{name}.tif", "w", count=len(reflectance), dtype="float32", **profile) as out:
        for number, (band, values) in enumerate(reflectance.items(), start=1):
            out.write(values.astype("float32"), number)
            out.set_band_description(number, band)
    with rasterio.open(folder / f"labels/{name}.tif", "w", count=1, dtype="uint8", **profile) as out:
        out.write(labels, 1)
    files = {"scene": f"scenes/{name}.tif", "label": f"labels/{name}.tif"}
    return {"id": name, "group": name, "files": files, "label_quality": "good", **record}


@pytest.fixture
def folder(tmp_path):
    shape = (20, 24)
    bands = {b: np.full(shape, v) for b, v in {"blue": 0.05, "green": 0.08, "red": 0.06, "nir": 0.3}.items()}
    labels = np.full(shape, 3, np.uint8)
    labels[:5] = 1
    records = [
        _write_place(tmp_path, "meadow", bands, labels),
        _write_place(tmp_path, "guess", bands, labels, label_quality="poor"),
        _write_place(tmp_path, "private", bands, labels, non_commercial=True, complete_for=["water"]),
    ]
    (tmp_path / "manifest.json").write_text(json.dumps({"scenes": [*records, {"id": "unlabelled", "files": {}}]}))
    return tmp_path


def test_places_are_read_with_what_they_may_be_used_for(folder: Path) -> None:
    places = {place.name: place for place in open_places(folder)}
    assert set(places) == {"meadow", "guess", "private"}
    assert [places[name].trainable for name in ("meadow", "guess", "private")] == [True, False, False]
    assert places["private"].complete_for == ("water",)
    assert places["meadow"].pixel_size == pytest.approx(10, rel=0.01)


def test_water_that_is_green_and_meadow_that_is_wet_teach_nothing(folder: Path) -> None:
    place = next(open_places(folder))
    assert place.doubtful_water.sum() == 5 * 24  # labelled water, but NDVI is 0.67 throughout
    wet = place.scene.copy(data=np.stack([np.full((20, 24), v, np.float32) for v in (0.06, 0.08, 0.05, 0.02)]))
    flooded = dataclasses.replace(place, scene=wet)
    assert (place.labels[flooded.doubtful_water] == 3).all()
    assert flooded.doubtful_water.sum() == 15 * 24
    bare = dataclasses.replace(flooded, labels=np.where(place.labels == 3, 7, place.labels).astype(np.uint8))
    assert not bare.doubtful_water.any()  # there the index may err, and the model has to learn it


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"manifest\.json"):
        next(open_places(tmp_path))
