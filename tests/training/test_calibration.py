from dataclasses import replace

import numpy as np
import pytest

from spexlab.extraction import load_model
from spexlab.places import Place
from spexlab.training.calibration import Answers, Scored, answers_of_head, calibrate, choose, table
from tests.support.places import striped_place
from tests.support.tiny import tiny_spex


def answers(groups: int, *, share: float, bias: float, scale: float = 1.0, seed: int = 0) -> list[Scored]:
    """Truth drawn from true log odds; the model says them shrunk and shifted."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(groups):
        odds = rng.normal(np.log(share / (1 - share)), 2.0, 4000)
        present = rng.random(4000) < 1 / (1 + np.exp(-odds))
        made.append(Scored(f"g{number}", ((odds - bias) / scale).astype(np.float32), present))
    return made


def test_scale_and_bias_bring_back_the_true_odds() -> None:
    found = choose(answers(12, share=0.2, bias=1.5, scale=2.0))
    assert found is not None
    assert found.cut.scale == pytest.approx(2.0, abs=0.15)
    assert found.cut.bias == pytest.approx(1.5, abs=0.2)
    assert found.error < 0.02


def test_a_rare_target_is_cut_below_one_half() -> None:
    found = choose(answers(12, share=0.03, bias=0.0))
    assert found is not None
    assert found.cut.threshold < 0.45


def test_the_best_cut_is_found_however_far_the_logits_are_off() -> None:
    plain = choose(answers(8, share=0.2, bias=0.0))
    far = choose(answers(8, share=0.2, bias=-9.0))
    assert plain is not None
    assert far is not None
    assert far.iou == pytest.approx(plain.iou, abs=0.02)


def test_too_few_groups_choose_nothing() -> None:
    assert choose(answers(2, share=0.2, bias=0.0)) is None
    one_group = [Scored("same", a.logits, a.present) for a in answers(5, share=0.2, bias=0.0)]
    assert choose(one_group) is None


def test_what_is_known_of_unseen_places_sets_threshold_and_worth() -> None:
    seen = answers(12, share=0.2, bias=0.0)
    known, plain = choose(seen, worth=0.25), choose(seen)
    assert known is not None
    assert plain is not None
    assert (known.cut.threshold, known.iou) == (pytest.approx(0.2), 0.25)
    assert known.cut.scale == plain.cut.scale
    assert known.cut.threshold < plain.cut.threshold


def test_a_head_answers_without_words() -> None:
    place = tall(striped_place("place"))
    found: Answers = {}
    with pytest.raises(ValueError, match="land_cover_channels"):
        answers_of_head(tiny_spex(window=32), [place], into=found)
    spex = load_model("spex-tiny")
    answers_of_head(spex, [place], into=found)
    scores = spex.encode(place.scene)[0].land_cover
    assert scores is not None
    (said,) = found["coarse", "swir", "water"]
    known = place.learnable("water")[1]
    assert np.allclose(np.sort(said.logits), np.sort(scores[0, spex.targets.index("water")].numpy()[known]), atol=1e-4)
    assert {key[1] for key in found} == {"swir", "nir", "visible"}


def test_calibrating_asks_with_all_bands_and_with_fewer() -> None:
    places = [tall(striped_place(f"place-{number}")) for number in range(4)]
    chosen = calibrate(tiny_spex(window=32), places)
    made = table(chosen)
    assert set(made) == {"coarse"}
    assert set(made["coarse"]) == {"swir", "nir", "visible"}
    assert set(made["coarse"]["swir"]) >= {"water", "trees", "buildings"}
    assert all(0 < threshold < 1 for rows in made["coarse"].values() for _, _, threshold in rows.values())


def tall(place: Place) -> Place:
    """The place repeated to 32 x 32 pixels, the least that a model reads."""
    rows, centres = np.arange(32) % 24, np.arange(32) + 0.5
    scene = place.scene.isel(y=rows, x=rows).assign_coords(y=centres, x=centres)
    return replace(place, scene=scene, labels=place.labels[np.ix_(rows, rows)])
