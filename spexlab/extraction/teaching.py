"""From examples to a target of one's own: a head fitted in milliseconds, and the index that parts the examples best."""

import re

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.prior import MODEL_INDICES, available_indices, spectral_index
from spexlab.extraction.own import ELSEWHERE, OwnTarget, kernel, pixel_numbers, scaled, seen_slots
from spexlab.language.instructions.lexicon import pluralise
from spexlab.language.vocabulary import mentions
from spexlab.scene import check_scene, pixel_size
from spexlab.scene.pointing import Pointed, PointedLike
from spexlab.targets import OWN, TARGETS, IndexRecipe

_SURE = 2.0
"""Logit of an example."""
_MOST = 250
"""Pixels of each side that the head leans on, at most, and of those that nobody pointed at."""
_DOUBT, _UNSAID_DOUBT = 0.1, 10.0
"""How far examples may contradict each other; and how little it counts that nobody pointed at a pixel."""
_COLOURS = ("#AA4499", "#332288", "#88CCEE", "#CC6677", "#661100", "#6699CC")
"""Hues of Paul Tol's muted scheme that no other target has."""
_SPLITS = 33
"""Thresholds of an index that are tried."""


def taught(scene: xr.DataArray, name: str, *, inside: PointedLike, outside: PointedLike | None) -> OwnTarget:
    """Fit a target by examples; see `spexlab.teach`."""
    noun = _checked_name(name)
    scene = check_scene(scene)
    numbers, known = pixel_numbers(scene), np.isfinite(np.asarray(scene.values)).all(axis=0).ravel()
    there, elsewhere = _pointed(scene, inside, known), _pointed(scene, outside, known)
    if np.intersect1d(there, elsewhere).size:
        raise ValueError(f"a pixel is inside or outside of {noun}, but some are pointed at as both; leave them out of one.")
    if not there.size:
        raise ValueError(f"{noun} needs an example, but none of the pixels that are pointed at holds data; point elsewhere.")
    rng = np.random.default_rng(0)
    mean, spread = _statistics(numbers[known])
    rest = np.setdiff1d(np.flatnonzero(known), np.concatenate([there, elsewhere]))
    groups = [rng.choice(group, min(_MOST, group.size), replace=False) for group in (there, elsewhere, rest)]
    looks = scaled(numbers[np.concatenate(groups)], mean, spread)
    return OwnTarget(
        name=noun,
        singular=_singular(noun),
        colour=OWN[noun].colour if noun in OWN else _COLOURS[len(OWN) % len(_COLOURS)],
        recipe=_best_index(scene, there, np.concatenate([elsewhere, rest])),
        needed=tuple(sorted(seen_slots(scene))),
        pixel_size_m=pixel_size(scene),
        examples=there.size + elsewhere.size,
        mean=mean,
        spread=spread,
        looks=looks,
        weights=_fitted(looks, [group.size for group in groups]),
    )


def _statistics(numbers: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and spread (F,) of the pixels' numbers (N, F); 0 and 1 of those that no band allows."""
    read = np.asarray(np.isfinite(numbers).any(axis=0))
    mean, spread = np.zeros(len(read), np.float32), np.ones(len(read), np.float32)
    mean[read], spread[read] = np.nanmean(numbers[:, read], axis=0), np.maximum(np.nanstd(numbers[:, read], axis=0), 1e-6)
    return mean, spread


def _checked_name(name: str) -> str:
    noun = " ".join(str(name).lower().split())
    if not re.fullmatch(r"[a-z][a-z -]{2,40}", noun):
        raise ValueError(f"a target of your own needs a noun of at least three letters, but {name!r} was given; say what it is.")
    word, *more = mentions(noun)
    # A word for a kind of a target ("greenhouses", of buildings) may get a meaning of its own; one for all of it may not.
    if not more and (word.kind in ("place", "order", "filler") or (word.kind == "target" and word.core and noun not in OWN)):
        means = f"means {TARGETS[word.names[0]].noun}" if word.kind == "target" else "has a meaning in instructions"
        raise ValueError(f"the name of a target of your own must say nothing yet, but {noun!r} {means} already; choose another.")
    return noun


def _singular(noun: str) -> str:
    """What one of them is called; the noun itself where it is no regular plural."""
    stems = (noun.removesuffix("s"), noun.removesuffix("es"), noun.removesuffix("ies") + "y")
    return next((stem for stem in stems if stem != noun and pluralise(stem) == noun), noun)


def _pointed(scene: xr.DataArray, form: PointedLike | None, known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Numbers of the pixels with data that are pointed at."""
    if form is None:
        return np.empty(0, np.intp)
    pixels = np.unique(np.concatenate(Pointed.of(form).pixels(scene)))
    return pixels[known[pixels]]


def _fitted(looks: NDArray[np.float32], sizes: list[int]) -> NDArray[np.float32]:
    """Weights (N,) of examples inside, outside, and of pixels that nobody pointed at, as a Gaussian process has them."""
    wanted = np.repeat([_SURE, -_SURE, -_SURE], sizes) - ELSEWHERE
    doubt = np.repeat([_DOUBT, _DOUBT, _UNSAID_DOUBT], sizes)
    between = kernel(looks, looks).astype(np.float64) + np.diag(doubt)
    weights: NDArray[np.float32] = np.linalg.solve(between, wanted).astype(np.float32)
    return weights


def _best_index(scene: xr.DataArray, there: NDArray[np.intp], elsewhere: NDArray[np.intp]) -> IndexRecipe | None:
    """The index, threshold and side that tell the examples from all else most often; None where no index can be computed."""
    allowed = set(available_indices(scene))
    found = [
        _split(spectral_index(scene, name).values.ravel(), name, there, elsewhere) for name in MODEL_INDICES if name in allowed
    ]
    return max(found, key=lambda one: one[0], default=(0.0, None))[1]


def _split(
    values: NDArray[np.float32], name: str, there: NDArray[np.intp], elsewhere: NDArray[np.intp]
) -> tuple[float, IndexRecipe]:
    """How often the best threshold of an index is right, both sides counting the same."""
    inside, outside = (part[np.isfinite(part)] for part in (values[there], values[elsewhere]))
    if not inside.size or not outside.size:
        return 0.0, IndexRecipe(name, 0.0)
    cuts = np.quantile(
        np.concatenate([inside, np.quantile(outside, np.linspace(0, 1, inside.size))]), np.linspace(0.02, 0.98, _SPLITS)
    )
    above = np.array([((inside > cut).mean() + (outside <= cut).mean()) / 2 for cut in cuts])
    best = int(np.abs(above - 0.5).argmax())
    return float(max(above[best], 1 - above[best])), IndexRecipe(name, round(float(cuts[best]), 3), 1 if above[best] >= 0.5 else -1)
