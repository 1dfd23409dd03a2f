import base64
import io

import numpy as np
import pytest
from PIL import Image

import spexlab
from widgets.labs.thumbnails import Thumbnails


def decoded(url: str) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB"), int)


@pytest.fixture(scope="module")
def pictures() -> Thumbnails:
    return Thumbnails(spexlab.sample_scene().isel(y=slice(0, 60), x=slice(0, 90)))


def test_a_mask_is_painted_where_it_is(pictures: Thumbnails) -> None:
    mask = np.zeros((60, 90), bool)
    mask[20:40, 30:60] = True
    plain, painted = decoded(pictures.plain()), decoded(pictures.masked({"#0072B2": mask}, seen=np.ones_like(mask)))
    changed = np.abs(painted - plain).sum(axis=-1) > 60
    assert changed[24:36, 34:56].all()
    assert not changed[:16].any()
    assert pictures.ratio == 1.5


def test_what_nobody_looked_at_is_pale(pictures: Thumbnails) -> None:
    seen = np.zeros((60, 90), bool)
    seen[:30] = True
    painted = decoded(pictures.masked({}, seen=seen))
    assert painted[34:].mean() > painted[:26].mean() + 40


def test_agreement_runs_from_dark_to_light(pictures: Thumbnails) -> None:
    agreement = np.full((60, 90), np.nan, "float32")
    agreement[:20], agreement[20:40] = 0.0, 1.0
    painted = decoded(pictures.shared(agreement)).sum(axis=-1)
    assert painted[:20].max() < 150
    assert painted[20:40].min() > 500
    assert (decoded(pictures.shared(agreement))[40:] == (229, 231, 235)).all()


def test_large_scenes_become_small_pictures() -> None:
    scene, _ = spexlab.simulate_scene(3, size=1000)
    assert max(decoded(Thumbnails(scene).plain()).shape) <= 480
