import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from spexlab.places import open_pair, read_legend
from spexlab.places.pairs import apply_legend, covered_classes

BANDS = {"blue": 0.05, "green": 0.08, "red": 0.06, "nir": 0.3}
CODES = np.array([[1, 1, 7], [2, 255, 9]], np.uint8).repeat(10, 0).repeat(8, 1)
LEGEND = {1: "water", 2: "trees", 9: "other"}


def write(path: Path, layers: np.ndarray, *, names=(), left: float = 5e5, crs: str | None = "EPSG:32631") -> Path:
    profile = {"driver": "GTiff", "count": len(layers), "height": layers.shape[1], "width": layers.shape[2], "dtype": layers.dtype}
    if crs:
        profile |= {"crs": crs, "transform": from_origin(left, 5e6, 10, 10)}
    with rasterio.open(path, "w", **profile) as file:
        file.write(layers)
        for number, name in enumerate(names, start=1):
            file.set_band_description(number, name)
    return path


@pytest.fixture
def scene(tmp_path) -> Path:
    return write(
        tmp_path / "scene.tif", np.stack([np.full(CODES.shape, v, np.float32) for v in BANDS.values()]), names=tuple(BANDS)
    )


def test_a_legend_says_what_codes_mean(scene, tmp_path) -> None:
    place = open_pair(scene, write(tmp_path / "label.tif", CODES[None]), legend=LEGEND)
    assert np.unique(place.labels).tolist() == [0, 1, 2, 11]
    assert (place.labels[CODES == 7] == 0).all()
    assert place.complete_for == ("water", "trees")
    assert (place.name, place.group, place.trainable) == ("scene", "scene", True)


def test_without_a_legend_the_codes_are_ours(scene, tmp_path) -> None:
    ours = np.where(CODES > 11, 0, CODES).astype(np.uint8)
    assert (open_pair(scene, write(tmp_path / "label.tif", ours[None])).labels == ours).all()
    with pytest.raises(ValueError, match=r"codes 0 to 11, but foreign\.tif holds 255; give a legend"):
        open_pair(scene, write(tmp_path / "foreign.tif", CODES[None]))


@pytest.mark.parametrize(
    ("layers", "options", "words"),
    [
        (CODES[None, :4], {}, "20 x|24 x 4 pixels and the scene 24 x 20"),
        (CODES[None], {"left": 6e5}, "lies elsewhere"),
        (CODES[None], {"crs": "EPSG:32632"}, "lies elsewhere"),
        (np.stack([CODES, CODES]), {}, "one band of integer codes, but label.tif has 2"),
        (CODES[None].astype(np.float32), {}, "float32"),
    ],
)
def test_a_label_that_does_not_fit_is_refused(scene, tmp_path, layers, options, words) -> None:
    with pytest.raises(ValueError, match=words):
        open_pair(scene, write(tmp_path / "label.tif", layers, **options), legend=LEGEND)


def test_a_label_that_is_no_raster(scene, tmp_path) -> None:
    (tmp_path / "label.tif").write_text("no raster")
    with pytest.raises(OSError, match="cannot be read"):
        open_pair(scene, tmp_path / "label.tif")


def test_a_legend_is_read_from_json(tmp_path) -> None:
    path = tmp_path / "legend.json"
    path.write_text(json.dumps({str(code): word for code, word in LEGEND.items()}))
    assert read_legend(path) == LEGEND


@pytest.mark.parametrize("content", ["[1]", "{", '{"x": "water"}', '{"1": "lake"}', '{"1": "other"}'])
def test_a_legend_that_is_none(tmp_path, content) -> None:
    path = tmp_path / "legend.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"a legend (is|gives)"):
        read_legend(path)


def test_legend_with_every_class_is_complete() -> None:
    from spexlab.targets import CLASSES

    assert covered_classes({code: name for name, code in CLASSES.items()}) is None
    with pytest.raises(ValueError, match="holds 'lake'"):
        apply_legend(CODES, {1: "lake"})
