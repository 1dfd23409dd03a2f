"""Instructions and what was made of them."""

import json
from pathlib import Path

import pytest

from spexlab.evaluation import Heard, Share, hear, kind_of, language_of, read_instructions, share_right
from spexlab.evaluation.spoken import claims_by_kind
from spexlab.evidence.limits import LIMITS, Limits
from spexlab.language.instructions import Instruction
from spexlab.language.request import Request, Want
from spexlab.targets import TARGETS
from tests.support.tiny import tiny_spex

DATA = Path(__file__).parents[1] / "data"


def heard(wanted: Instruction, *meaning: tuple[str, ...]) -> Heard:
    include, exclude, limits = (*meaning, (), (), ())[:3]
    wants = tuple(Want(target=name, exclude=exclude, **vars(Limits.named(limits))) for name in include)
    return Heard(wanted, Request("mask", wants) if wants else None)


@pytest.mark.parametrize(
    ("wanted", "meaning", "targets_right", "right"),
    [
        (Instruction("lakes", ("water",)), (("water",),), True, True),
        (Instruction("lakes", ("water",)), (("water", "trees"),), False, False),
        (Instruction("lakes", ("water",)), (), False, False),
        (Instruction("big lake", ("water",), (), ("largest",)), (("water",),), True, False),
        (Instruction("big lake", ("water",), (), ("largest",)), (("water",), (), ("largest",)), True, True),
        (Instruction("no crops", ("vegetation",), ("cropland",)), (("vegetation",),), True, False),
        (Instruction("both", ("trees", "water")), (("water", "trees"),), True, True),
        (Instruction("no limit", ("water",)), (("water",), (), ("north",)), True, False),
        (Instruction("cars"), (), True, True),
        (Instruction("not water"), ((), ("water",)), True, True),
        (Instruction("cars"), (("impervious",),), False, False),
    ],
)
def test_what_counts_as_understood(wanted: Instruction, meaning: tuple, targets_right: bool, right: bool) -> None:  # noqa: FBT001
    found = heard(wanted, *meaning)
    assert (found.targets_right, found.right) == (targets_right, right)


def test_shares_have_wilsons_interval() -> None:
    found = [heard(Instruction("lakes", ("water",)), ("water",)) for _ in range(9)] + [heard(Instruction("lakes", ("water",)))]
    share = share_right(found)
    assert share == Share(9, 10)
    # By hand: (p + z2/2n +- z sqrt(p q / n + z2/4n2)) / (1 + z2/n), z = 1.96.
    assert share.interval == pytest.approx((0.5958, 0.9821), abs=2e-4)
    assert str(share) == "90.0 % (60 to 98)"


@pytest.mark.parametrize(
    ("instruction", "kind"),
    [
        (Instruction("cars?"), "to refuse"),
        (Instruction("any lakes?", ("water",)), "question"),
        (Instruction("largest lake?", ("water",), (), ("largest",)), "with limits"),
        (Instruction("green, no crops", ("vegetation",), ("cropland",)), "with exceptions"),
        (Instruction("lakes and woods", ("water", "trees")), "several targets"),
        (Instruction("lakes", ("water",)), "one target"),
    ],
)
def test_kinds(instruction: Instruction, kind: str) -> None:
    assert kind_of(instruction) == kind


def test_languages() -> None:
    assert [language_of("湖在哪里"), language_of("lakes")] == ["Chinese", "English"]


def test_a_checkpoint_hears() -> None:
    found = hear(tiny_spex(wanted=("water",)), [Instruction("lakes", ("water",)), Instruction("cars")])
    assert [h.right for h in found] == [True, False]


def test_a_list_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_text("the largest lake\twater\t\tlargest\ngreen, no crops or grass\tvegetation\tcropland,low vegetation\ncars\t\t\n")
    assert read_instructions(path) == [
        Instruction("the largest lake", ("water",), (), ("largest",)),
        Instruction("green, no crops or grass", ("vegetation",), ("cropland", "low vegetation")),
        Instruction("cars"),
    ]
    path.write_text("no columns at all\n")
    with pytest.raises(ValueError, match=r"line 1 of .* has 1 columns"):
        read_instructions(path)


@pytest.mark.parametrize("name", ["instructions_eval.tsv", "instructions_blind.tsv"])
def test_the_hand_written_lists_are_well_formed(name: str) -> None:
    found = read_instructions(DATA / name)
    assert len({instruction.text for instruction in found}) == len(found) >= 200
    for instruction in found:
        assert {*instruction.include, *instruction.exclude} <= set(TARGETS)
        assert set(instruction.limits) <= set(LIMITS)
        assert instruction.include or not (instruction.exclude or instruction.limits)


def test_the_lists_share_no_sentence() -> None:
    first, second = (read_instructions(DATA / name) for name in ("instructions_eval.tsv", "instructions_blind.tsv"))
    assert not {i.text.lower() for i in first} & {i.text.lower() for i in second}


def test_claims_are_counted_by_kind(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    claims = [{"kind": kind, "holds": holds} for kind, holds in (("share", True), ("share", False), ("area", True))]
    for target in ("water", "trees"):
        (tmp_path / "lake" / f"{target}.json").write_text(json.dumps({"claims": claims}))
    assert claims_by_kind(tmp_path) == {"share": (2, 4), "area": (2, 2)}
    with pytest.raises(FileNotFoundError, match="no explanations are kept"):
        claims_by_kind(tmp_path / "lake")
