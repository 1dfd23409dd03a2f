import dataclasses
import json
import random
from pathlib import Path

import numpy as np
import pytest

from spexlab.spie import KINDS, SpieSettings, build_spie, place_samples, read_spie
from spexlab.spie.build import find_fitting
from spexlab.spie.pool import InstructionPool
from spexlab.spie.samples import known_targets
from tests.support.places import striped_place

SETTINGS = SpieSettings(per_place=12, size=20, validation=0.4)


@pytest.fixture(scope="module")
def places():
    return [striped_place(f"place-{number}", group=f"spot-{number // 2}") for number in range(4)]


@pytest.fixture(scope="module")
def built(places, tmp_path_factory) -> Path:
    return build_spie(places, tmp_path_factory.mktemp("spie") / "set", SETTINGS)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_seed_gives_the_same_bytes(places, tmp_path) -> None:
    settings = SpieSettings(per_place=4, size=20)
    first, again = (build_spie(places[:2], tmp_path / name / "set", settings) for name in _made(tmp_path, "first", "again"))
    assert contents(first) == contents(again)
    other = build_spie(places[:2], tmp_path / "other", dataclasses.replace(settings, size=21))
    assert contents(other)["spie.json"] != contents(first)["spie.json"]


def _made(folder: Path, *names: str) -> tuple[str, ...]:
    for name in names:
        (folder / name).mkdir()
    return names


def test_samples_of_a_place_do_not_depend_on_the_others(places) -> None:
    alone = [sample.instruction for sample in place_samples(places[3], SETTINGS)]
    assert alone == [sample.instruction for sample in place_samples(striped_place("place-3", group="elsewhere"), SETTINGS)]


def test_every_kind_is_there_and_fits(built) -> None:
    samples = list(read_spie(built))
    assert {sample.kind for sample in samples} == set(KINDS)
    for sample in samples:
        assert sample.mask.shape == sample.scene.shape[1:]
        assert max(sample.mask.shape) <= 20
        assert bool(sample.mask.any()) == (sample.kind not in ("absent", "refused"))
        assert not (sample.mask & ~sample.known).any()
        assert (sample.target is None) == (not sample.instruction.include)


def test_no_group_is_on_both_sides(built) -> None:
    groups = {part: {sample.facts["group"] for sample in read_spie(built, part=part)} for part in ("train", "validation")}
    assert groups["train"]
    assert groups["validation"]
    assert not groups["train"] & groups["validation"]


def test_places_that_may_not_be_learnt_from_are_left_out_and_counted(places, tmp_path) -> None:
    private = dataclasses.replace(places[0], trainable=False)
    empty = dataclasses.replace(places[1], labels=np.zeros_like(places[1].labels))
    folder = build_spie([private, empty, places[2]], tmp_path / "set", SpieSettings(per_place=3, size=20))
    assert {sample.facts["place"] for sample in read_spie(folder)} == {"place-2"}
    left_out = json.loads((folder / "statistics.json").read_text())["left_out"]
    assert left_out == {"not to be trained on (licence or quality)": 1, "without any labelled class": 1}


def test_nothing_to_learn_from_is_one_clear_error(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"labels that may be learnt from, but there are none \(none was given\)"):
        build_spie([], tmp_path / "set")
    assert not list(tmp_path.iterdir())


def test_a_broken_place_leaves_nothing_behind(places, tmp_path) -> None:
    def failing():
        yield places[0]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk is gone"):
        build_spie(failing(), tmp_path / "set", SpieSettings(per_place=1, size=20))
    assert not list(tmp_path.iterdir())


def test_an_old_set_is_not_overwritten(places, tmp_path) -> None:
    (tmp_path / "set").mkdir()
    with pytest.raises(FileExistsError, match="it exists already; delete it or choose another name"):
        build_spie(places, tmp_path / "set")
    with pytest.raises(FileNotFoundError, match="create it first"):
        build_spie(places, tmp_path / "missing" / "set")


@pytest.mark.parametrize(
    ("wrong", "words"), [({"per_place": 0}, "at least one"), ({"size": 4}, "16 pixels"), ({"validation": 1}, "less than 1")]
)
def test_settings_that_cannot_be(wrong, words) -> None:
    with pytest.raises(ValueError, match=words):
        SpieSettings(**wrong)


def test_the_largest_is_asked_for_only_where_all_is_labelled(places) -> None:
    place = places[0]
    labels = place.labels.copy()
    labels[:, :4] = 0
    partly = known_targets(dataclasses.replace(place, labels=labels))
    pool = InstructionPool(0)
    assert find_fitting("one target", partly, random.Random(0), pool=pool) is not None
    assert find_fitting("limit", partly, random.Random(0), pool=pool) is None
    assert find_fitting("limit", known_targets(place), random.Random(0), pool=pool) is not None
