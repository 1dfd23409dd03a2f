"""The first sentence of an answer, and that each of its claims can be checked."""

import pytest

from spexlab.evidence.fulfilled import Fulfilled
from spexlab.evidence.limits import Near, Size
from spexlab.evidence.measurement import Measurement
from spexlab.language.answering import answer
from spexlab.language.checking import check_claims
from spexlab.language.request import Want

BIG, CLOSE = Size(">", 1.0, "ha"), Near("cropland", 200.0)
LAKES = Want(target="water", called=("lake", "lakes"), size=(BIG,))


def measured(regions: int, *, conditions: tuple[Fulfilled, ...] = (), area: float | None = 3.4e6) -> Measurement:
    return Measurement(
        target="water", pixels=340 * bool(regions), valid_pixels=10_000, share=0.034 * bool(regions), n_regions=regions,
        area_m2=area if regions or area is None else 0.0, largest=None, index=None, threshold=None, inside=None, around=None,
        conditions=conditions,
    )  # fmt: skip


LARGE = Fulfilled("larger than 1 ha", "smallest region: 1.2 ha", holds=True)
NEAR = Fulfilled("within 200 m of cropland", "farthest region: 180 m away", holds=True)


@pytest.mark.parametrize(
    ("ask", "want", "m", "expected"),
    [
        ("count", LAKES, measured(12, conditions=(LARGE,)), "Twelve lakes are larger than 1 ha; together 340.0 ha."),
        ("count", LAKES, measured(1, conditions=(LARGE,)), "One lake is larger than 1 ha; it covers 340.0 ha."),
        ("count", LAKES, measured(0, conditions=(LARGE,)), "No lakes are larger than 1 ha."),
        ("count", Want(target="water"), measured(13), "13 regions of water were found; together 340.0 ha."),
        ("count", Want(target="water"), measured(0), "No water was found."),
        ("count", Want(target="water"), measured(2, area=None), "Two regions of water were found; together 340 pixels."),
        ("presence", LAKES, measured(2, conditions=(LARGE,)), "Yes: two lakes are larger than 1 ha; together 340.0 ha."),
        ("presence", Want(target="water", inside=("north",)), measured(0), "No: no water in the north of the area was found."),
        ("share", Want(target="water"), measured(3), "Water covers 3.4 % of the area: 340.0 ha."),
        (
            "area",
            Want(target="water", called=("lake", "lakes"), size=(BIG,), near=(CLOSE,), inside=("north",)),
            measured(3, conditions=(LARGE, NEAR)),
            (
                "The lakes larger than 1 ha and within 200 m of cropland in the north of the area cover 340.0 ha, "
                "which is 3.4 % of that part."
            ),
        ),
        ("mask", LAKES, measured(12), ""),
    ],
)
def test_answers_and_their_claims(ask: str, want: Want, m: Measurement, expected: str) -> None:
    said = answer(ask, want, m)
    assert said == expected
    claims = check_claims(said, m)
    assert all(claim.holds for claim in claims), claims
    assert bool(claims) == bool(said)


def test_a_count_and_a_condition_that_do_not_hold_are_found() -> None:
    broken = measured(11, conditions=(Fulfilled("larger than 1 ha", "smallest region: 0.8 ha", holds=False),))
    claims = check_claims("Twelve lakes are larger than 1 ha; together 340.0 ha.", broken)
    assert {claim.kind: claim.holds for claim in claims} == {"count": False, "condition": False, "area": True}
    unasked = check_claims("Water is larger than 2 ha.", measured(1))
    assert [claim.holds for claim in unasked if claim.kind == "condition"] == [False]
