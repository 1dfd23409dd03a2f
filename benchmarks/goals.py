"""What spex-tiny is meant to reach, beside what was measured: computed, never typed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from spexlab.evaluation import PIXEL_KINDS, Estimate, Record, by_place, claims_that_hold, difference, estimate
from spexlab.evaluation.tables import Table
from spexlab.scene import PixelKind
from spexlab.targets import TARGETS

WIDE: PixelKind = "coarse"
NARROW: PixelKind = "fine"
WIDE_GOALS = {
    "water": 0.86,
    "vegetation": 0.91,
    "trees": 0.55,
    "built-up": 0.32,
    "cropland": 0.62,
    "low vegetation": 0.28,
    "bare": 0.18,
}
NARROW_GOALS = {"buildings": 0.45, "built-up": 0.50, "trees": 0.60, "vegetation": 0.80, "water": 0.50}
"""Intersection over union to reach, by target, in wide and in narrow pixels."""
Runs = Mapping[str, Sequence[Record]]
"""Method -> its records; SPEX first."""


@dataclass(frozen=True)
class Goal:
    """One thing to reach."""

    words: str
    measured: str
    missed: float
    """By how much; 0 or less if it is reached."""

    @property
    def outcome(self) -> str:
        """For the table."""
        return "reached" if self.missed <= 0 else f"missed by {self.missed:.3f}"


def goals(
    runs: Runs, cut: Mapping[str, Sequence[Record]], errors: Mapping[str, Estimate], *, without_language: str | None = None
) -> list[Goal]:
    """Compare with every goal that can be measured.

    Parameters
    ----------
    runs
        Method -> records with all bands; SPEX first.
    cut
        Set of bands -> SPEX's records with these only.
    errors
        Expected calibration error of each target in wide pixels.
    without_language
        Name of the network of equal size without language, if it was run.
    """
    spex = next(iter(runs.values()))
    return [
        *(goal for target in WIDE_GOALS for goal in _ahead(runs, target, "boosted trees", 0.02)),
        *(goal for target in WIDE_GOALS for goal in _ahead(runs, target, "best fixed threshold", 0.0)),
        *(_behind_no_network(runs, without_language) if without_language else ()),
        *(goal for target, value in WIDE_GOALS.items() for goal in _at_least(spex, target, WIDE, value)),
        *(goal for target, value in NARROW_GOALS.items() for goal in _at_least(spex, target, NARROW, value)),
        *_true_probability(errors),
        *_few_bands(spex, cut["4 bands"]),
        *_says_so(cut["RGB"]),
        *_claims(spex),
    ]


def goals_table(found: Sequence[Goal]) -> Table:
    """Goal, measured, reached or by how much missed."""
    return Table(("goal", "measured", "outcome"), tuple((goal.words, goal.measured, goal.outcome) for goal in found))


def _signed(value: Estimate) -> str:
    return f"{value.mean:+.3f} ({value.low:+.2f} to {value.high:+.2f})"


def _ahead(runs: Runs, target: str, other: str, margin: float) -> Iterator[Goal]:
    spex = next(iter(runs.values()))
    ahead = difference(by_place(spex, target, WIDE), by_place(runs[other], target, WIDE))
    if ahead is not None:
        needed = f"at least {margin:.2f} above" if margin else "above"
        yield Goal(f"{target}, {PIXEL_KINDS[WIDE]}: IoU {needed} the {other}", _signed(ahead), margin - ahead.mean)


def _behind_no_network(runs: Runs, other: str) -> Iterator[Goal]:
    spex = next(iter(runs.values()))
    found = {
        f"{target}, {width}": difference(by_place(spex, target, kind), by_place(runs[other], target, kind))
        for kind, width in PIXEL_KINDS.items()
        for target in TARGETS
    }
    ahead = {name: value for name, value in found.items() if value is not None}
    if ahead:
        worst = min(ahead, key=lambda name: ahead[name].mean)
        words = f"no target more than 0.02 below {other}"
        yield Goal(words, f"{_signed(ahead[worst])}, {worst}", -0.02 - ahead[worst].mean)


def _at_least(spex: Sequence[Record], target: str, kind: PixelKind, value: float) -> Iterator[Goal]:
    mine = estimate(by_place(spex, target, kind))
    if mine is not None:
        yield Goal(f"{target}, {PIXEL_KINDS[kind]}: IoU {value:.2f}", str(mine), value - mine.mean)


def _true_probability(errors: Mapping[str, Estimate]) -> Iterator[Goal]:
    if errors:
        worst = max(errors, key=lambda target: errors[target].mean)
        words = f"{PIXEL_KINDS[WIDE]}: probabilities of every target off by less than 0.05"
        yield Goal(words, f"{errors[worst]}, {worst}", errors[worst].mean - 0.05)


def _few_bands(spex: Sequence[Record], four: Sequence[Record]) -> Iterator[Goal]:
    scenes = {record.place for record in four}
    whole = [record for record in spex if record.place in scenes]
    found = {target: difference(by_place(four, target), by_place(whole, target)) for target in TARGETS}
    lost = {target: value for target, value in found.items() if value is not None}
    if lost:
        worst = min(lost, key=lambda target: lost[target].mean)
        words = "with 4 bands no target loses more than 0.05 IoU"
        yield Goal(words, f"{_signed(lost[worst])}, {worst}", -0.05 - lost[worst].mean)


def _says_so(colour: Sequence[Record]) -> Iterator[Goal]:
    spoken = [record for record in colour if record.claims]
    if spoken:
        said = sum(record.no_evidence for record in spoken)
        words = "with RGB alone it says that spectral evidence is missing"
        yield Goal(words, f"{said} of {len(spoken)} explanations", 1 - said / len(spoken))


def _claims(spex: Sequence[Record]) -> Iterator[Goal]:
    held, claims = claims_that_hold(spex)
    if claims:
        share = held / claims
        yield Goal("at least 98 % of the claims in explanations hold", f"{100 * share:.1f} % ({held} of {claims})", 0.98 - share)
