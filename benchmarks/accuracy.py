"""IoU by target on places that the checkpoint never saw, beside what an index threshold gives there.

    python benchmarks/accuracy.py --data ../shared/data

Free-running: SPEX gets the scene and the words of an instruction, nothing from the label. A place is everything in one `group`; its
counts are pooled, and places are averaged. Places that the checkpoint was trained or tuned on (its ``places.json``) are left out,
as are labels of poor quality. Two thresholds stand beside SPEX: the best fixed index and threshold for the target, chosen on
the training places by the same score, and an oracle that chooses them on the very places it is measured on.
"""

import argparse
import json
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

import spexlab
from spexlab.bands import SPYNDEX
from spexlab.classes import TARGETS, UnknownTargetError
from spexlab.extraction import Spex
from spexlab.extraction.loading import CHECKPOINTS
from spexlab.prior import available_indices, spectral_index, spectral_prior
from spexlab.spie import COARSE_PIXEL, Place, open_places, target_labels

THRESHOLDS = np.round(np.arange(-0.6, 0.81, 0.05), 2)
BRIGHTNESS = "brightness"
CANDIDATES = {
    "water": ("MNDWI", "NDWI"),
    "built-up": ("NDBI", "VrNIRBI", BRIGHTNESS),
    "buildings": ("NDBI", "VrNIRBI", BRIGHTNESS),
    "impervious": ("NDBI", "VrNIRBI", BRIGHTNESS),
    "bare": ("BI", "VrNIRBI", BRIGHTNESS),
    "snow": ("NDSI", BRIGHTNESS),
}
VEGETATION = ("NDVI", "EVI")
README = Path(__file__).parents[1] / "README.md"
MIN_PIXELS = 50
"""A place counts for a target if at least so many of its pixels are labelled as it."""
Tally = dict[str, tuple[int, int]]
"""Group -> (intersection, union)."""


@dataclass(frozen=True)
class Case:
    """One target in one scene."""

    place: Place
    target: str
    present: NDArray[np.bool_]
    known: NDArray[np.bool_]

    @property
    def kind(self) -> str:
        """Pixels wider or narrower than a house."""
        return "10-30 m" if (self.place.pixel_size or 10.0) >= COARSE_PIXEL else "0.1-5 m"

    def score(self, mask: NDArray[np.bool_]) -> tuple[int, int]:
        """Intersection and union over the known pixels."""
        found, true = mask & self.known, self.present & self.known
        return int((found & true).sum()), int((found | true).sum())


def split(places: Iterable[Place], checkpoint: str) -> dict[str, list[Place]]:
    """Places by what the checkpoint's ``places.json`` says of their group; what it does not name was never seen."""
    folder = Path(checkpoint) if Path(checkpoint).is_dir() else CHECKPOINTS / checkpoint
    listed = json.loads((folder / "places.json").read_text())
    part_of = {place["group"]: part for part, members in listed.items() for place in members}
    parts: dict[str, list[Place]] = {"training": [], "validation": [], "held-out": []}
    for place in places:
        if place.quality != "poor":
            parts[part_of.get(place.group, "held-out")].append(place)
    return parts


def cases_of(places: Iterable[Place]) -> list[Case]:
    """Every target that a place's label holds."""
    cases = []
    for place in places:
        for target in TARGETS:
            present, known = target_labels(place.labels, target, complete_for=place.complete_for, pixel_size=place.pixel_size)
            if (present & known).sum() >= MIN_PIXELS:
                cases.append(Case(place, target, present, known))
    return cases


def add(tally: Tally, group: str, score: tuple[int, int]) -> None:
    """Pool a scene's counts with those of its place."""
    before = tally.get(group, (0, 0))
    tally[group] = (before[0] + score[0], before[1] + score[1])


def place_mean(tally: Tally) -> float:
    """Mean over places of intersection over union."""
    return float(np.mean([i / u for i, u in tally.values()])) if tally else float("nan")


def interval(tally: Tally, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over places."""
    values = np.array([i / u for i, u in tally.values()])
    draws = np.random.default_rng(seed).choice(values, size=(2000, len(values)))
    low, high = np.quantile(draws.mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def threshold_tallies(cases: list[Case]) -> dict[tuple[str, float], Tally]:
    """Tallies of every candidate index and threshold; a scene without the bands gets an empty mask."""
    tallies: dict[tuple[str, float], Tally] = {}
    for case in cases:
        for index in CANDIDATES.get(case.target, VEGETATION):
            values = index_values(case.place, index)
            for threshold in THRESHOLDS:
                mask = np.zeros(case.known.shape, dtype=bool) if values is None else values > threshold
                add(tallies.setdefault((index, float(threshold)), {}), case.place.group, case.score(mask))
    return tallies


def index_values(place: Place, index: str) -> NDArray[np.float32] | None:
    """An index, or the mean of the visible bands; None if the bands do not allow it."""
    if index == BRIGHTNESS:
        visible = [str(b) for b in place.scene["band"].values if SPYNDEX.get(str(b)) in {"B", "G", "R"}]
        mean: NDArray[np.float32] = place.scene.sel(band=visible).mean("band").values
        return mean
    return spectral_index(place.scene, index).values if index in available_indices(place.scene) else None


@dataclass(frozen=True)
class Answered:
    """What SPEX made of a case."""

    score: tuple[int, int]
    held: int
    claims: int


def ask(spex: Spex, case: Case) -> Answered:
    """SPEX's mask from the target's name alone; a name that it does not understand finds nothing."""
    try:
        found = spex.extract(case.place.scene, case.target)
    except UnknownTargetError:
        return Answered(case.score(np.zeros_like(case.known)), 0, 0)
    holds = [claim["holds"] for record in found.evidence for claim in record["claims"]]
    understood = case.target in found.mask["target"].values
    mask = found.mask.sel(target=case.target).values if understood else np.zeros_like(case.known)
    return Answered(case.score(mask), sum(holds), len(holds))


def compare(spex: Spex, training: list[Case], unseen: list[Case]) -> tuple[list[dict[str, Any]], tuple[int, int]]:
    """One row a target and kind of pixel; and the claims of all explanations that hold, of how many."""
    answers = {id(case): ask(spex, case) for case in track(unseen, description=spex.name, console=Console(stderr=True))}
    rows = []
    for kind in ("10-30 m", "0.1-5 m"):
        for target in TARGETS:
            here = [case for case in unseen if (case.target, case.kind) == (target, kind)]
            if here:
                seen = [case for case in training if (case.target, case.kind) == (target, kind)]
                rows.append(row(kind, target, here, seen, answers))
    return rows, (sum(a.held for a in answers.values()), sum(a.claims for a in answers.values()))


def row(kind: str, target: str, here: list[Case], seen: list[Case], answers: dict[int, Answered]) -> dict[str, Any]:
    """SPEX beside thresholds for one target."""
    mine: Tally = {}
    for case in here:
        add(mine, case.place.group, answers[id(case)].score)
    chances = threshold_tallies(here)
    oracle = max(chances, key=lambda choice: place_mean(chances[choice]))
    trained = threshold_tallies(seen)
    fixed = max(trained, key=lambda choice: place_mean(trained[choice])) if trained else None
    default: Tally = {}
    for case in here:
        prior = spectral_prior(case.place.scene, target)
        add(default, case.place.group, case.score(prior.mask if prior else np.zeros_like(case.known)))
    return {
        "pixels": kind,
        "target": target,
        "places": len(mine),
        "spex": place_mean(mine),
        "interval": interval(mine),
        "prior": place_mean(default),
        "fixed": place_mean(chances[fixed]) if fixed else None,
        "fixed_choice": list(fixed) if fixed else None,
        "oracle": place_mean(chances[oracle]),
        "oracle_choice": list(oracle),
        "by_place": {group: i / u for group, (i, u) in sorted(mine.items())},
    }


def markdown(rows: list[dict[str, Any]], name: str) -> str:
    """The rows as a table for people."""
    headings = ("pixels", "target", "places", f"{name} (95 %)", "prior", "best fixed threshold", "oracle threshold")
    lines = [f"| {' | '.join(headings)} |", "|---|---|--:|--:|--:|--:|--:|"]
    for r in rows:
        low, high = r["interval"]
        chosen = [_choice(r[key], r[f"{key}_choice"]) for key in ("fixed", "oracle")]
        mine = f"**{r['spex']:.3f}** ({low:.2f}-{high:.2f})"
        lines.append(f"| {r['pixels']} | {r['target']} | {r['places']} | {mine} | {r['prior']:.3f} | {' | '.join(chosen)} |")
    return "\n".join(lines) + "\n"


def _choice(score: float | None, choice: tuple[str, float] | None) -> str:
    return "-" if score is None or choice is None else f"{score:.3f} ({choice[0]} > {choice[1]:g})"


def write_results(rows: list[dict[str, Any]], text: str, folder: Path) -> None:
    """Keep the rows and the table, and put the table into the README."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "accuracy.json").write_text(json.dumps(rows, indent=1) + "\n")
    (folder / "accuracy.md").write_text(text)
    before, rest = README.read_text().split("<!-- accuracy -->\n")
    README.write_text(f"{before}<!-- accuracy -->\n{text}<!-- /accuracy -->{rest.split('<!-- /accuracy -->')[1]}")


def main() -> None:
    """Measure, print, and keep the results if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled places (manifest.json, scenes/, labels/)")
    parser.add_argument("--model", default="spex-tiny", help="name or folder of the checkpoint")
    parser.add_argument("--part", choices=("held-out", "validation"), default="held-out")
    parser.add_argument("--results", type=Path, help="folder for accuracy.json and accuracy.md, which also goes into the README")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    spex = spexlab.load_model(options.model)
    parts = split(open_places(options.data), options.model)
    training, unseen = cases_of(parts["training"]), cases_of(parts[options.part])
    rows, claims = compare(spex, training, unseen)
    text = markdown(rows, spex.name)
    print(text)
    print(f"Claims in the explanations that hold: {claims[0]} of {claims[1]}.")
    if options.results:
        write_results(rows, f"{text}\nClaims in the explanations that hold: {claims[0]} of {claims[1]}.\n", options.results)


if __name__ == "__main__":
    main()
