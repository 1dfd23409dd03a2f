"""IoU by target on places that the checkpoint never saw, beside what a user would try first.

    python benchmarks/accuracy.py --data ../shared/data --results benchmarks/results

Free-running: SPEX gets the scene and the name of a target as its instruction, nothing from the label. A place is everything in
one `group`; its scenes are pooled, and places are averaged. Places that the checkpoint was trained or tuned on (its
``places.json``) are left out, as are labels of poor quality. The baselines learn from its training places. Answers are kept in a
folder, one for each set of weights, so that a second run makes its tables from files; after a change of the code, name another.
"""

import argparse
import os
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goals import Goal, goals, goals_table
from report import keep_results
from rich.console import Console

import spexlab
from spexlab.evaluation import (
    FEW_BANDS,
    PIXEL_KINDS,
    AskedSpex,
    Estimate,
    Method,
    Record,
    by_place,
    calibration_errors,
    claims_that_hold,
    keep_scores,
    land_cover,
    places_with_bands,
    predict,
    score,
    split_places,
)
from spexlab.evaluation.baselines import FixedThreshold, WithoutLanguage, fitted_baselines
from spexlab.evaluation.tables import bands_table, calibration_table, comparison_table, confusion_table, scores_table
from spexlab.places import Place, open_places
from spexlab.scene import PixelKind

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "spexlab" / "accuracy"
"""Where answers are kept unless told otherwise."""


@dataclass(frozen=True)
class Measured:
    """All that the tables are made from."""

    runs: dict[str, list[Record]]
    """Method -> records with all bands, SPEX first."""
    cut: dict[str, list[Record]]
    """Set of bands -> SPEX's records with these only."""
    errors: dict[PixelKind, dict[str, Estimate]]
    """Kind of pixels -> target -> expected calibration error of SPEX."""
    goals: list[Goal]


def main() -> None:
    """Measure, print, and keep the results if asked."""
    options = _options()
    warnings.simplefilter("ignore")
    spex = AskedSpex(spexlab.load_model(options.model))
    parts = split_places(open_places(options.data), options.model)
    places = parts[options.part]
    measured = measure(spex, parts["training"], places, options=options)
    text = summary(measured)
    print(text)
    if options.results:
        kept = folder_of(options.predictions, spex, "all")
        write_results(measured, text, details(measured, kept, places), options.results)
    if options.into_checkpoint:
        mine = [record for records in (measured.runs[spex.name], *measured.cut.values()) for record in records]
        keep_scores(options.into_checkpoint, mine, checkpoint=spex.spex.checkpoint, training=parts["training"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled places (manifest.json, scenes/, labels/)")
    parser.add_argument("--model", default="spex-tiny", help="name or folder of the checkpoint")
    parser.add_argument("--part", choices=("held-out", "validation"), default="held-out")
    parser.add_argument("--predictions", type=Path, default=CACHE, help="folder where answers are kept (default: %(default)s)")
    parser.add_argument(
        "--without-language", type=Path, help="folder of a segmenter of `spexlab pretrain`, trained on the same places"
    )
    parser.add_argument("--results", type=Path, help="folder for accuracy.json and tables; the first goes into the docs, too")
    parser.add_argument(
        "--into-checkpoint",
        type=Path,
        metavar="FOLDER",
        help="folder of the checkpoint, for evaluation.json: what masks are judged by",
    )
    return parser.parse_args()


def measure(spex: AskedSpex, training: list[Place], places: list[Place], *, options: argparse.Namespace) -> Measured:
    """Let everybody answer, SPEX also with fewer bands, and score the answers."""
    network = [WithoutLanguage(options.without_language).fit(training)] if options.without_language else []
    oracle = FixedThreshold(name="oracle threshold").fit(places)
    runs = {spex.name: _answers(spex, places, options.predictions, absent=True)}
    for method in (*fitted_baselines(training), *network, oracle):
        runs[method.name] = _answers(method, places, options.predictions)
    cut = {
        name: _answers(spex, places_with_bands(places, bands), options.predictions, bands=name) for name, bands in FEW_BANDS.items()
    }
    kept = folder_of(options.predictions, spex, "all")
    errors = {kind: calibration_errors(kept, places, kind) for kind in PIXEL_KINDS}
    aims = goals(runs, cut, errors["coarse"], without_language=network[0].name if network else None)
    return Measured(runs, cut, errors, aims)


def _answers(method: Method, places: Iterable[Place], base: Path, *, bands: str = "all", absent: bool = False) -> list[Record]:
    Console(stderr=True).log(f"{method.name}, {bands} bands" if bands == "all" else f"{method.name}, {bands}")
    return score(predict(method, places, folder_of(base, method, bands), absent=absent), places, absent=absent)


def folder_of(base: Path, method: Method, bands: str) -> Path:
    """Where a method's answers are kept: one folder for each set of weights, or of what it learnt from."""
    return base / f"{method.name}-{method.identity[:12]}".replace(" ", "-") / bands.replace(" ", "-")


def summary(measured: Measured) -> str:
    """Lay out what docs/accuracy.md shows."""
    name, spex = next(iter(measured.runs.items()))
    held, claims = claims_that_hold(spex)
    parts = [f"IoU, pixels of {width}\n\n{comparison_table(measured.runs, kind).markdown()}" for kind, width in PIXEL_KINDS.items()]
    parts.append(f"IoU of {name} with fewer bands\n\n{bands_table(spex, measured.cut).markdown()}")
    parts.append(f"Goals\n\n{goals_table(measured.goals).markdown()}")
    parts.append(f"Claims in the explanations that hold: {held} of {claims}.\n")
    return "\n".join(parts)


def details(measured: Measured, kept: Path, places: list[Place]) -> str:
    """Lay out all scores, and which class is taken for which."""
    name, spex = next(iter(measured.runs.items()))
    parts = [
        f"All scores of {name}, pixels of {width}\n\n{scores_table(spex, kind).markdown()}" for kind, width in PIXEL_KINDS.items()
    ]
    parts.append(f"Expected calibration error of {name}\n\n{calibration_table(measured.errors).markdown()}")
    for kind, width in PIXEL_KINDS.items():
        cover = land_cover(kept, places, kind)
        if cover is not None:
            parts.append(f"Classes, pixels of {width}, {cover.places} places\n\n{confusion_table(cover).markdown()}")
    return "\n".join(parts)


def write_results(measured: Measured, text: str, more: str, folder: Path) -> None:
    """Keep the numbers and the tables, and put the first ones into docs/accuracy.md."""
    numbers: dict[str, Any] = {
        "iou": {name: _by_place(records) for name, records in (measured.runs | measured.cut).items()},
        "goals": [{"goal": goal.words, "measured": goal.measured, "outcome": goal.outcome} for goal in measured.goals],
        "claims": claims_that_hold(next(iter(measured.runs.values()))),
    }
    (folder / "accuracy_details.md").write_text(more, encoding="utf-8")
    keep_results(folder, "accuracy", numbers, text)


def _by_place(records: list[Record]) -> dict[str, dict[str, dict[str, float]]]:
    """Kind of pixels -> target -> group -> IoU."""
    found: dict[str, dict[str, dict[str, float]]] = {width: {} for width in PIXEL_KINDS.values()}
    for kind, width in PIXEL_KINDS.items():
        for target in dict.fromkeys(record.target for record in records):
            places = by_place(records, target, kind)
            if places:
                found[width][target] = {group: round(float(confusion.iou[1]), 4) for group, confusion in sorted(places.items())}
    return found


if __name__ == "__main__":
    main()
