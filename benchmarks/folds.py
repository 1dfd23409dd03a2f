"""Five folds of places, and what each part of the recipe is worth: short runs of its features, measured where they learnt nothing.

    python benchmarks/folds.py --data ../shared/data --results benchmarks/results [--steps 400] [--ablations 1] [--only 0 1]

Every place is measured once, by a network that saw no place of its fold: backbone and land-cover head as the recipe trains them,
with fewer steps, from a backbone that was trained on simulated scenes alone. Boosted trees are grown on the same places. Both are
cut where the groups that they are not measured on say (spexlab.training.calibration). Then each part of the recipe is left out in
turn, on the first folds. The bundled checkpoint was trained for longer, its masks are chosen by words, and its figures are those of
accuracy.py; what stands here says what more places and each part are worth. What is finished in --out is not done again. With
--only, several processes share the work, once the first has trained the backbone.
"""

import argparse
import pickle
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rich
import torch
import xarray as xr
from machine import machine
from report import keep_results
from rich.markdown import Markdown
from scipy.special import logit

from spexlab.evaluation import PIXEL_KINDS
from spexlab.evaluation.baselines import BoostedTreeBaseline
from spexlab.evaluation.scores import Estimate, mean_of_places
from spexlab.extraction import load_model
from spexlab.extraction.seen import SeenPlaces
from spexlab.places import Place, PlaceMixture, open_places, simulated_places
from spexlab.scene import pixel_kind
from spexlab.scene.outputs import replacing
from spexlab.targets import TARGETS
from spexlab.training.calibration import Answers, Key, answers_of_head, choose, collect
from spexlab.training.recipes import Recipe, read_recipe
from spexlab.training.recipes.halves import fresh
from spexlab.training.recipes.stages import land_cover_stage, pixel_stage, run_part
from spexlab.training.teacher import FOLDS, fold_of, teach
from spexlab.training.trees import TreeSettings

TREES = "boosted trees"
TEACHER = TreeSettings(iterations=80, pixels=1000)
"""Four are grown for every fold: smaller ones than the recipe's."""
PIXEL_STEPS = 1500
_LEAST = 1e-4


@dataclass(frozen=True)
class Variant:
    """What of the recipe is kept."""

    teacher: bool = True
    pixels: bool = True
    simulated: bool = True
    narrow: bool = True


WHOLE = "spex-tiny, short"
VARIANTS = {
    WHOLE: Variant(),
    "without the teacher": Variant(teacher=False),
    "without what single pixels say": Variant(pixels=False),
    "without simulated scenes": Variant(simulated=False),
    "without narrow pixels": Variant(narrow=False),
}


def main() -> None:
    """Train, measure, print, and keep the results if asked."""
    options = _options()
    torch.set_num_threads(options.threads)
    recipe = read_recipe()
    places = [place for place in open_places(options.data) if place.quality != "poor"]
    run = Folds(places, options.out, recipe, steps=options.steps)
    for name, fold in units(options.ablations):
        if options.only is None or fold in options.only:
            run.answers(name, fold)
            print(f"{name}, fold {fold}: done", flush=True)
    if options.only is not None:
        return
    measured = {"machine": machine(), "steps": options.steps, "places": len(places), **run.measured(options.ablations)}
    text = table(measured)
    rich.print(Markdown(text))
    if options.results is not None:
        keep_results(options.results, "folds", measured, text)


def units(ablations: int) -> list[tuple[str, int]]:
    """What is answered for which fold: all of them by the whole and by the trees, the first ones by every variant."""
    parts = [(name, fold) for fold in range(FOLDS) for name in (WHOLE, TREES)]
    return parts + [(name, fold) for fold in range(ablations) for name in VARIANTS if name != WHOLE]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled places (manifest.json, scenes/, labels/)")
    parser.add_argument("--out", type=Path, default=Path("runs/folds"), help="folder of the runs (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=400, help="of the features, in every run (default: %(default)s)")
    parser.add_argument("--ablations", type=int, default=1, help="folds on which parts are left out (default: %(default)s)")
    parser.add_argument(
        "--only",
        type=int,
        nargs="+",
        choices=range(FOLDS),
        metavar="FOLD",
        help="work on these folds and print no table: several processes share --out",
    )
    parser.add_argument("--threads", type=int, default=2, help="of torch (default: %(default)s)")
    parser.add_argument("--results", type=Path, help="folder for folds.json and its table, which goes into the docs, too")
    return parser.parse_args()


class Folds:
    """Runs on all folds but one, and what they say of that one.

    Parameters
    ----------
    places
        All that are measured; those that may be trained on are learnt from.
    out
        Folder of the runs.
    recipe
        Whose settings the runs have, but for their steps.
    steps
        Of the features.
    """

    def __init__(self, places: Sequence[Place], out: Path, recipe: Recipe, *, steps: int) -> None:
        self._places, self._out, self._recipe = places, out, recipe
        self._features = replace(recipe.features, steps=steps)
        self._pixels = replace(recipe.pixels, steps=min(PIXEL_STEPS, recipe.pixels.steps))

    def answers(self, name: str, fold: int) -> Answers:
        """What one of `VARIANTS`, or the trees, say of the places of a fold."""
        file = self._out / f"fold-{fold}" / name.replace(" ", "-").replace(",", "") / "answers.pkl"
        if not file.exists():
            found: Answers = {}
            mine = [place for place in self._places if fold_of(place.group) == fold]
            if name == TREES:
                collect(partial(_by_trees, BoostedTreeBaseline().fit(self._learnt(fold))), mine, _ASKED, into=found, truth=_TRUTH)
            else:
                model = self._trained(fold, VARIANTS[name], file.parent)
                answers_of_head(load_model(model, device="cpu", dtype=torch.float32), mine, into=found, truth=_TRUTH)
            file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(file) as unfinished:
                unfinished.write_bytes(pickle.dumps(found))
        answers: Answers = pickle.loads(file.read_bytes())  # noqa: S301 - written above
        return answers

    def measured(self, ablations: int) -> dict[str, Any]:
        """Scores of all folds, and differences of what is left out on the first ones."""
        both = {name: _worth(self.answers(name, fold) for fold in range(FOLDS)) for name in (WHOLE, TREES)}
        parts = {name: _worth(self.answers(name, fold) for fold in range(ablations)) for name in VARIANTS if ablations}
        return {"folds": _plain(both), "ablations": _plain(parts), "ablated": ablations}

    def _learnt(self, fold: int) -> list[Place]:
        return [place for place in self._places if place.trainable and fold_of(place.group) != fold]

    def _trained(self, fold: int, variant: Variant, folder: Path) -> Path:
        learnt = [place for place in self._learnt(fold) if variant.narrow or pixel_kind(place.scene) == "coarse"]
        seen = SeenPlaces.of(learnt)
        if variant.teacher:
            learnt = teach(learnt, self._out / f"fold-{fold}" / "teacher", settings=TEACHER)
        simulated = simulated_places(self._recipe.simulated, seed=self._recipe.seed) if variant.simulated else []
        mixture = PlaceMixture.by_scale(learnt, simulated, shares=self._recipe.shares)
        model = self._start() if variant.simulated else fresh("spex-tiny", folder, self._recipe.seed)
        if variant.pixels:
            model = run_part(folder / "pixels", self._pixels, partial(pixel_stage, model, mixture, seen))
        return run_part(folder / "features", self._features, partial(land_cover_stage, model, mixture, self._features, seen))

    def _start(self) -> Path:
        """A backbone that was trained on simulated scenes alone."""
        begin = partial(fresh, "spex-tiny", self._out / "simulated", self._recipe.seed)
        mixture = PlaceMixture.of(simulated_places(self._recipe.simulated, seed=self._recipe.seed))
        return run_part(
            self._out / "simulated" / "features",
            self._features,
            lambda: land_cover_stage(begin(), mixture, self._features, SeenPlaces()),
        )


_ASKED, _TRUTH = tuple(TARGETS), Place.truth


def _by_trees(trees: BoostedTreeBaseline, scene: xr.DataArray) -> Any:
    def said(target: str) -> np.ndarray:
        found = trees.predict(scene, target)
        likely = np.zeros(scene.shape[1:], np.float32) if found is None or found.probability is None else found.probability
        return logit(np.clip(np.nan_to_num(likely), _LEAST, 1 - _LEAST)).astype(np.float32)

    return said


def _worth(answers: Iterator[Answers]) -> dict[Key, tuple[dict[str, float], float]]:
    """Key -> IoU of every group, and the calibration error, all folds together."""
    together: Answers = {}
    for found in answers:
        for key, scored in found.items():
            together.setdefault(key, []).extend(scored)
    chosen = {key: choose(scored) for key, scored in together.items()}
    return {key: (dict(one.overlaps), one.error) for key, one in chosen.items() if one is not None}


def _plain(worth: Mapping[str, Mapping[Key, tuple[dict[str, float], float]]]) -> dict[str, Any]:
    return {
        name: [
            {"pixels": kind, "bands": bands, "target": target, "places": overlaps, "error": error}
            for (kind, bands, target), (overlaps, error) in found.items()
        ]
        for name, found in worth.items()
    }


def table(measured: Mapping[str, Any]) -> str:
    """Lay out for people."""
    lines = [
        f"Machine: {measured['machine']}. {measured['places']} scenes; {measured['steps']} steps of features a run. IoU, means",
        "over places (95 % bootstrap); *ahead* is of the boosted trees on the same places, paired; *error* is the expected",
        "calibration error.",
        "",
        *_folds(measured["folds"]),
    ]
    if measured["ablations"]:
        lines += ["", *_ablations(measured["ablations"], measured["ablated"])]
    return "\n".join(lines) + "\n"


_CAMERAS = {"swir": "with short-wave infrared", "nir": "with near infrared", "visible": "visible"}


def _folds(folds: Mapping[str, Any]) -> Iterator[str]:
    trees = {_key(row): row for row in folds[TREES]}
    yield f"| pixels | bands | target | places | {WHOLE} | {TREES} | ahead | error |"
    yield "|---|---|---|--:|--:|--:|--:|--:|"
    for row in sorted(
        folds[WHOLE], key=lambda row: (row["pixels"], list(_CAMERAS).index(row["bands"]), _ASKED.index(row["target"]))
    ):
        beside = trees.get(_key(row), {"places": {}})["places"]
        mine, theirs = (mean_of_places(list(found.values())) for found in (row["places"], beside))
        cells = [PIXEL_KINDS[row["pixels"]], _CAMERAS[row["bands"]], row["target"], str(len(row["places"])), str(mine)]
        cells += ["–" if theirs is None else f"{theirs.mean:.3f}", _signed(_ahead(row["places"], beside)), f"{row['error']:.3f}"]
        yield f"| {' | '.join(cells)} |"


def _ablations(parts: Mapping[str, Any], folds: int) -> Iterator[str]:
    """What is lost by leaving out, on wide and narrow pixels with all their bands together."""
    yield f"Left out in turn, on {folds} of {FOLDS} folds: what IoU changes by, place by place (95 % bootstrap)."
    yield ""
    names = [name for name in parts if name != WHOLE]
    yield f"| pixels | target | places | {WHOLE} | {' | '.join(names)} |"
    yield "|---|---|--:|--:|" + "--:|" * len(names)
    rows = {name: _all_bands(found) for name, found in parts.items()}
    for (kind, target), overlaps in sorted(rows[WHOLE].items(), key=lambda item: (item[0][0], _ASKED.index(item[0][1]))):
        changes = [_signed(_ahead(rows[name].get((kind, target), {}), overlaps)) for name in names]
        mean = float(np.mean(list(overlaps.values())))
        yield f"| {' | '.join([PIXEL_KINDS[kind], target, str(len(overlaps)), f'{mean:.3f}', *changes])} |"


def _all_bands(rows: Sequence[Mapping[str, Any]]) -> dict[Any, dict[str, float]]:
    """(Kind of pixels, target) -> IoU of places with the bands that most places of that kind have."""
    found: dict[Any, dict[str, float]] = {}
    for bands in _CAMERAS:
        for row in rows:
            if row["bands"] == bands:
                found.setdefault((row["pixels"], row["target"]), row["places"])
    return found


def _order(row: Mapping[str, Any]) -> tuple[str, int, int]:
    return row["pixels"], list(_CAMERAS).index(row["bands"]), _ASKED.index(row["target"])


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["pixels"], row["bands"], row["target"]


def _ahead(mine: Mapping[str, float], theirs: Mapping[str, float]) -> Estimate | None:
    return mean_of_places([mine[group] - theirs[group] for group in sorted(mine.keys() & theirs.keys())])


def _signed(change: Estimate | None) -> str:
    return "–" if change is None else f"{change.mean:+.3f} ({change.low:+.2f} to {change.high:+.2f})"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
