"""Where to cut: each target's probability and threshold, from what a model answers on labelled places.

Trained for overlap, a network that is unsure of a rare target stays under one half everywhere, and the best overlap lies at a lower
probability. So first two numbers make logits into probabilities that are true on average (Platt 1999), then the threshold with the
best overlap, averaged over places, is chosen. Places of one group count as one, and a threshold that does not pay on groups that it
was not chosen on is not taken.

Of true probabilities that come to an overlap J at best, the best threshold is J / (1 + J), half of the best F1 (Lipton et al.
2014). Where a model knows its places by heart, what it would reach on others says more than the best threshold on these.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from spexlab.extraction import Spex
from spexlab.extraction.calibration import Cut
from spexlab.language.question import question_about
from spexlab.places import Place
from spexlab.scene import BandSet, PixelKind, band_set, pixel_kind
from spexlab.scene.bands import with_bands

FEWER: dict[BandSet, tuple[str, ...]] = {"nir": ("blue", "green", "red", "nir"), "visible": ("blue", "green", "red")}
"""Bands that a scene is cut down to, to answer as a lesser camera would."""
SIDE = 512
"""Rows and columns of a place that are looked at, at most."""
SAMPLED = 8192
"""Pixels of a place that are kept, at most."""
MIN_PIXELS = 20
"""A place shows a target if so many of the pixels kept are labelled as it."""
MIN_GROUPS = 3
"""A target is left as it is where fewer groups show it."""
FALSE_ALARMS = 0.25
"""What a false alarm where a target is absent costs, against overlap where it is present."""
FOLDS = 5
_PRIOR = 1e-3
"""Weight of the wish to leave logits as they are, against the mean log loss: it decides where places are few."""

Key = tuple[PixelKind, BandSet, str]
"""Kind of pixels, set of bands, target."""
Table = dict[str, dict[str, dict[str, list[float]]]]


class Scored(NamedTuple):
    """What a model answered about one target in one place, and what is true."""

    group: str
    logits: NDArray[np.float32]
    """(N,)"""
    present: NDArray[np.bool_]
    """(N,)"""


Answers = dict[Key, list[Scored]]
_Layers = tuple[NDArray[np.bool_], NDArray[np.bool_]]
Truth = Callable[[Place, str], _Layers]
"""Where a place's label shows a target, and where it knows, both (H, W)."""
Said = Callable[[str], NDArray[np.float32]]
"""Target -> logits (H, W)."""


@dataclass(frozen=True)
class Chosen:
    """A cut, and what it is worth."""

    cut: Cut
    overlaps: Mapping[str, float]
    """Of each group that shows the target, at the threshold that the others chose."""
    iou: float
    """What it is worth: their mean, unless it was told."""
    error: float
    """Expected calibration error of the probability (0-1), groups counting alike."""


def calibrate(spex: Spex, places: Sequence[Place], *, worth: Mapping[Key, float] | None = None, seed: int = 0) -> dict[Key, Chosen]:
    """Choose the cuts of a model on places, for the bands that they have and for fewer.

    Parameters
    ----------
    spex
        The model; its own calibration is not asked.
    places
        Labelled places: those kept for validation, or, where these are few, those learnt from as well.
    worth
        Overlap (0-1) that is known of places that were not learnt from; what the given places show, unless told.
    seed
        Of the pixels that are kept.
    """
    found: Answers = {}
    collect(partial(_in_words, spex), places, spex.targets, into=found, seed=seed)
    chosen = {key: choose(answers, worth=(worth or {}).get(key)) for key, answers in found.items()}
    return {key: one for key, one in chosen.items() if one is not None}


def answers_of_head(spex: Spex, places: Sequence[Place], *, into: Answers, truth: Truth = Place.learnable, seed: int = 0) -> None:
    """Collect what a model's land-cover head says of places, without a word; see `collect`."""
    collect(partial(_by_head, spex), places, spex.targets, into=into, truth=truth, seed=seed)


def collect(
    ask: Callable[[xr.DataArray], Said],
    places: Sequence[Place],
    targets: Sequence[str],
    *,
    into: Answers,
    truth: Truth = Place.learnable,
    seed: int = 0,
) -> None:
    """Collect what anything says of places, with the bands that they have and with fewer.

    Parameters
    ----------
    ask
        Gets a scene (band, y, x), and says of any target its logits (H, W).
    places
        Labelled places; their first 512 x 512 pixels are looked at.
    targets
        What is asked for.
    into
        Where answers are added.
    truth
        `Place.truth` counts labels that are in doubt, too.
    seed
        Of the pixels that are kept.
    """
    rng = np.random.default_rng(seed)
    for place in places:
        for scene in _cameras(place.scene[:, :SIDE, :SIDE]):
            for target, answer in _answers(ask, place, {name: truth(place, name) for name in targets}, scene, rng):
                into.setdefault((pixel_kind(scene), band_set(scene), target), []).append(answer)


def table(chosen: Mapping[Key, Chosen]) -> Table:
    """The cuts as a checkpoint's configuration has them."""
    made: Table = {}
    for (kind, bands, target), one in sorted(chosen.items()):
        cut = one.cut
        made.setdefault(kind, {}).setdefault(bands, {})[target] = [round(v, 4) for v in (cut.scale, cut.bias, cut.threshold)]
    return made


def choose(answers: Sequence[Scored], *, worth: float | None = None) -> Chosen | None:
    """The cut for one target; None where too few groups show it.

    Parameters
    ----------
    answers
        About the target, of any places.
    worth
        Overlap (0-1) that is known of other places; what the answers show, unless told.
    """
    groups = _by_group(answers)
    shown = [one for one in groups.values() if one.present.sum() >= MIN_PIXELS]
    if len(shown) < MIN_GROUPS:
        return None
    scale, bias = _scaled(list(groups.values()))
    likely = {name: expit(scale * one.logits.astype(np.float64) + bias) for name, one in groups.items()}
    grid = _grid(np.concatenate(list(likely.values())))
    curves = {name: _curve(likely[name], one.present, grid) for name, one in groups.items()}
    names = sorted(curves)
    held = [_held_out(curves, names, fold, grid) for fold in range(FOLDS)]
    half = np.array([Cut().threshold])
    plain = {name: float(_curve(likely[name], groups[name].present, half)[0][0]) for name in names if curves[name].shown}
    tried = {name: overlap for fold in held for name, overlap in fold.items()}
    pays = bool(tried) and np.mean(list(tried.values())) >= np.mean(list(plain.values()))
    error = float(np.mean([_calibration_error(likely[name], one.present) for name, one in groups.items()]))
    overlaps = tried if pays else plain
    if worth is not None:
        return Chosen(Cut(scale, bias, _in_theory(worth)), overlaps, worth, error)
    threshold = _best([curves[name] for name in names], grid) if pays else Cut().threshold
    return Chosen(Cut(scale, bias, threshold), overlaps, float(np.mean(list(overlaps.values()))), error)


def _in_theory(overlap: float) -> float:
    """The best threshold of true probabilities that come to an overlap, no nearer to 0 than numbers can say."""
    return max(overlap / (1 + overlap), 0.01)


class _Curve(NamedTuple):
    overlap: NDArray[np.float64]
    """At every threshold: intersection over union, or, where the target is absent, the share that is called it."""
    shown: bool


def _cameras(scene: xr.DataArray) -> Iterator[xr.DataArray]:
    """A scene with its bands, and as lesser cameras would see it."""
    yield scene
    for bands in FEWER.values():
        fewer = with_bands(scene, bands)
        if fewer is not None and fewer.sizes["band"] < scene.sizes["band"] and band_set(fewer) != band_set(scene):
            yield fewer


def _answers(
    ask: Callable[[xr.DataArray], Said], place: Place, truths: Mapping[str, _Layers], scene: xr.DataArray, rng: np.random.Generator
) -> Iterator[tuple[str, Scored]]:
    """What is known of each target in a place, and what is said of it there."""
    height, width = (side - side % 32 for side in scene.shape[1:])
    if not height or not width:
        return
    scene, said = scene[:, :height, :width].compute(), None
    seen = np.isfinite(scene.values).all(axis=0)
    for target, layers in truths.items():
        present, known = (layer[:height, :width] for layer in layers)
        where = np.flatnonzero(known & seen)
        if not where.size:
            continue
        said = said or ask(scene)
        kept = rng.choice(where, size=min(SAMPLED, where.size), replace=False)
        yield target, Scored(place.group, said(target).ravel()[kept], present.ravel()[kept])


def _in_words(spex: Spex, scene: xr.DataArray) -> Said:
    """Logits of a target, as the words for it are answered."""
    features, _ = spex.encode(scene)
    return lambda target: spex.segment(features, question_about(scene, target)).logits


def _by_head(spex: Spex, scene: xr.DataArray) -> Said:
    """Logits of a target, as the land-cover head has them."""
    scores = spex.encode(scene)[0].land_cover
    if scores is None:
        raise ValueError("only a land-cover head answers without words; set land_cover_channels in the checkpoint's config.")
    return lambda target: scores[0, spex.targets.index(target)].float().cpu().numpy()


def _by_group(answers: Sequence[Scored]) -> dict[str, Scored]:
    groups: dict[str, list[Scored]] = {}
    for answer in answers:
        groups.setdefault(answer.group, []).append(answer)
    return {
        name: Scored(name, np.concatenate([a.logits for a in found]), np.concatenate([a.present for a in found]))
        for name, found in groups.items()
    }


def _scaled(groups: Sequence[Scored]) -> tuple[float, float]:
    """Scale and bias with the least log loss, every group counting alike."""
    logits = np.concatenate([one.logits for one in groups]).astype(np.float64)
    present = np.concatenate([one.present for one in groups])
    weight = np.concatenate([np.full(one.logits.size, 1 / (one.logits.size * len(groups))) for one in groups])

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        # The scale is learnt as its logarithm, so that it stays positive.
        scale = np.exp(parameters[0])
        values = scale * logits + parameters[1]
        total = (weight * (np.logaddexp(0, values) - present * values)).sum() + _PRIOR * (parameters**2).sum()
        slope = weight * (expit(values) - present)
        return float(total), np.array([(slope * scale * logits).sum(), slope.sum()]) + 2 * _PRIOR * parameters

    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-3.0, 3.0), (-12.0, 12.0)])
    return float(np.exp(found.x[0])), float(found.x[1])


def _grid(likely: NDArray[np.float64]) -> NDArray[np.float64]:
    """Thresholds from below to above all that was said, evenly in log odds: the best one is never cut off."""
    low, high = np.clip(np.quantile(likely, [0.001, 0.999]), 1e-4, 1 - 1e-4)
    ends = np.log(low / (1 - low)) - 0.1, np.log(high / (1 - high)) + 0.1
    grid: NDArray[np.float64] = expit(np.linspace(*ends, 61))
    return grid


def _curve(likely: NDArray[np.float64], present: NDArray[np.bool_], grid: NDArray[np.float64]) -> _Curve:
    hits, alarms = ((likely[part][:, None] > grid).sum(axis=0) for part in (present, ~present))
    shown = bool(present.sum() >= MIN_PIXELS)
    return _Curve(hits / (present.sum() + alarms) if shown else (hits + alarms) / present.size, shown)


def _best(curves: Sequence[_Curve], grid: NDArray[np.float64]) -> float:
    """Threshold of the best mean overlap, less a little for false alarms where the target is absent."""
    shown, absent = ([curve.overlap for curve in curves if curve.shown is side] for side in (True, False))
    score = np.mean(shown, axis=0) - FALSE_ALARMS * (np.mean(absent, axis=0) if absent else 0.0)
    smooth = np.convolve(np.pad(score, 2, mode="edge"), [0.1, 0.2, 0.4, 0.2, 0.1], mode="valid")
    return float(grid[int(smooth.argmax())])


def _held_out(curves: Mapping[str, _Curve], names: Sequence[str], fold: int, grid: NDArray[np.float64]) -> dict[str, float]:
    """Overlap in the groups of a fold, at the threshold that the others choose."""
    rest = [curves[name] for number, name in enumerate(names) if number % FOLDS != fold]
    if not any(curve.shown for curve in rest):
        return {}
    at = int(np.searchsorted(grid, _best(rest, grid)))
    return {name: float(curves[name].overlap[at]) for name in names[fold::FOLDS] if curves[name].shown}


def _calibration_error(likely: NDArray[np.float64], present: NDArray[np.bool_], bins: int = 10) -> float:
    """Mean distance of probability from frequency over bins of probability, weighed by their pixels (Guo et al. 2017)."""
    number = np.minimum((likely * bins).astype(int), bins - 1)
    count, said, true = (np.bincount(number, weights, minlength=bins) for weights in (None, likely, present.astype(float)))
    return float(np.abs(said - true).sum() / max(count.sum(), 1))
