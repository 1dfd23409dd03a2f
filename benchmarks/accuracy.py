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

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

import spexlab
from spexlab.bands import SPYNDEX
from spexlab.classes import TARGETS
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


def spex_masks(spex: Spex, cases: list[Case]) -> list[dict[str, object]]:
    """SPEX's mask for each case, from the target's name alone, and how many claims of its text hold."""
    results: list[dict[str, object]] = []
    for case in track(cases, description=spex.name, console=Console(stderr=True)):
        found = spex.extract(case.place.scene, case.target)
        mask = (
            found.mask.sel(target=case.target).values if case.target in found.mask["target"].values else np.zeros_like(case.known)
        )
        claims = [claim["holds"] for record in found.evidence for claim in record["claims"]]
        results.append({"score": case.score(mask), "claims": len(claims), "held": sum(claims)})
    return results


def compare(spex: Spex, training: list[Case], unseen: list[Case]) -> list[dict[str, object]]:
    """One row a target and kind of pixel."""
    answers = dict(zip(map(id, unseen), spex_masks(spex, unseen), strict=True))
    rows: list[dict[str, object]] = []
    for kind in ("10-30 m", "0.1-5 m"):
        for target in TARGETS:
            here = [case for case in unseen if (case.target, case.kind) == (target, kind)]
            if here:
                seen = [case for case in training if (case.target, case.kind) == (target, kind)]
                rows.append(row(kind, target, here, seen, answers))
    return rows


def row(kind: str, target: str, here: list[Case], seen: list[Case], answers: dict[int, dict[str, object]]) -> dict[str, object]:
    """SPEX beside thresholds for one target."""
    mine: Tally = {}
    for case in here:
        add(mine, case.place.group, answers[id(case)]["score"])  # type: ignore[arg-type]
    chances = threshold_tallies(here)
    oracle = max(chances, key=lambda choice: place_mean(chances[choice]))
    trained = threshold_tallies(seen)
    fixed = max(trained, key=lambda choice: place_mean(trained[choice])) if trained else None
    default: Tally = {}
    for case in here:
        prior = spectral_prior(case.place.scene, target)
        add(default, case.place.group, case.score(prior.mask if prior else np.zeros_like(case.known)))
    return {
        "pixel": kind,
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


def table(rows: list[dict[str, object]], name: str) -> Table:
    """The rows as people read them."""
    view = Table(title=f"IoU, averaged over places that {name} never saw", title_justify="left")
    for heading in ("pixel", "target", "places", name, "95 %", "prior as is", "best fixed threshold", "oracle threshold"):
        view.add_column(heading, justify="left" if heading in ("pixel", "target") else "right")
    for r in rows:
        low, high = r["interval"]  # type: ignore[misc]
        fixed = f"{r['fixed']:.3f} {r['fixed_choice'][0]} > {r['fixed_choice'][1]:g}" if r["fixed"] is not None else "-"  # type: ignore[index]
        oracle = f"{r['oracle']:.3f} {r['oracle_choice'][0]} > {r['oracle_choice'][1]:g}"  # type: ignore[index]
        view.add_row(
            str(r["pixel"]),
            str(r["target"]),
            str(r["places"]),
            f"{r['spex']:.3f}",
            f"{low:.2f}-{high:.2f}",
            f"{r['prior']:.3f}",
            fixed,
            oracle,
        )
    return view


def main() -> None:
    """Measure, print, and write the results if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled places (manifest.json, scenes/, labels/)")
    parser.add_argument("--model", default="spex-tiny", help="name or folder of the checkpoint")
    parser.add_argument("--part", choices=("held-out", "validation"), default="held-out")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    spex = spexlab.load_model(options.model)
    parts = split(open_places(options.data), options.model)
    training, unseen = cases_of(parts["training"]), cases_of(parts[options.part])
    rows = compare(spex, training, unseen)
    Console(width=150).print(table(rows, spex.name))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
