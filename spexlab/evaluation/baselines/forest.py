"""A random forest (Breiman 2001) on bands and indices, pixel by pixel: what a user of scikit-learn would try."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evaluation import Case, Prediction, cases_of
from spexlab.evidence.prior import MODEL_INDICES, available_indices, spectral_index
from spexlab.places import Place
from spexlab.scene import PixelKind, pixel_kind
from spexlab.scene.bands import with_bands

BAND_SETS: tuple[tuple[str, ...], ...] = (
    ("blue", "green", "red", "nir", "swir16", "swir22"),
    ("blue", "green", "red", "nir"),
    ("blue", "green", "red"),
)
"""Richest first: a scene is shown to the forest that knows most of its bands, and a forest never sees a scene without its bands."""

CUTS = np.round(np.arange(0.1, 0.91, 0.05), 2)


@dataclass(frozen=True)
class Forest:
    """A forest for one target, kind of pixels and set of bands."""

    trees: Any
    """scikit-learn's classifier."""
    cut: float
    """Share of votes above which a pixel is the target: the best one, by IoU over places, of votes out of the bag."""


class _Sample(NamedTuple):
    features: NDArray[np.float32]
    """(N, K)"""
    present: NDArray[np.bool_]
    """(N,)"""
    weight: NDArray[np.float64]
    """(N,), how many pixels of the place each one stands for."""


class RandomForest:
    """One forest for each target, kind of pixels and set of bands, grown when it is first asked.

    Parameters
    ----------
    trees
        How many trees a forest has.
    pixels
        How many pixels of the target, and as many others, are drawn from a scene.
    seed
        Of the draws.
    """

    name = "random forest"

    def __init__(self, *, trees: int = 50, pixels: int = 300, seed: int = 0) -> None:
        self.trees, self.pixels, self.seed = trees, pixels, seed
        self._cases: dict[tuple[PixelKind, str], list[Case]] = {}
        self._grown: dict[tuple[PixelKind, str, tuple[str, ...]], Forest | None] = {}

    @property
    def identity(self) -> str:
        """Hash of the settings and of the places that it learns from."""
        places = sorted({case.place.name for cases in self._cases.values() for case in cases})
        return hashlib.sha256(json.dumps([self.trees, self.pixels, self.seed, places]).encode()).hexdigest()

    def fit(self, places: Iterable[Place]) -> Self:
        """Take the labelled places to learn from."""
        _classifier(self.trees, self.seed)  # without scikit-learn this ends here, not when the first tree is grown
        self._cases, self._grown = {}, {}
        for case in cases_of(places):
            self._cases.setdefault((case.kind, case.target), []).append(case)
        return self

    def predict(self, scene: xr.DataArray, target: str) -> Prediction | None:
        """Let the forest for most of the scene's bands vote; None if there is none for its kind of pixels."""
        for bands in BAND_SETS:
            features = pixel_features(scene, bands)
            forest = self._forest(pixel_kind(scene), target, bands) if features is not None else None
            if features is not None and forest is not None:
                votes = _votes(forest.trees, features)
                mask = np.nan_to_num(votes) > forest.cut
                return Prediction(mask, votes, provenance={"bands": list(bands), "cut": forest.cut})
        return None

    def _forest(self, kind: PixelKind, target: str, bands: tuple[str, ...]) -> Forest | None:
        key = (kind, target, bands)
        if key not in self._grown:
            self._grown[key] = self._grow(self._cases.get((kind, target), ()), bands)
        return self._grown[key]

    def _grow(self, cases: Sequence[Case], bands: tuple[str, ...]) -> Forest | None:
        rng = np.random.default_rng(self.seed)
        samples: dict[str, list[_Sample]] = {}
        for case in cases:
            features = pixel_features(case.place.scene, bands)
            drawn = _draw(features, case, self.pixels, rng) if features is not None else None
            if drawn is not None:
                samples.setdefault(case.place.group, []).append(drawn)
        if not samples:
            return None
        flat = [sample for found in samples.values() for sample in found]
        trees = _classifier(self.trees, self.seed)
        trees.fit(np.concatenate([s.features for s in flat]), np.concatenate([s.present for s in flat]))
        return Forest(trees, _best_cut(trees.oob_decision_function_[:, 1], samples))


def pixel_features(scene: xr.DataArray, bands: Sequence[str]) -> NDArray[np.float32] | None:
    """Stack bands and the indices that they allow, (K, H, W), in the order of wavelengths; None if the scene lacks a band."""
    cut = with_bands(scene, bands)
    if cut is None:
        return None
    cut = cut.sortby("wavelength")
    allowed = set(available_indices(cut))
    indices = [spectral_index(cut, name).values for name in MODEL_INDICES if name in allowed]
    return np.concatenate([cut.values, np.stack(indices)] if indices else [cut.values]).astype(np.float32)


def _classifier(trees: int, seed: int) -> Any:
    try:
        from sklearn.ensemble import RandomForestClassifier
    except ImportError as error:
        raise ImportError("the random forest needs scikit-learn: pip install 'spexlab[train]'") from error
    return RandomForestClassifier(trees, max_depth=16, min_samples_leaf=3, oob_score=True, random_state=seed)


def _draw(features: NDArray[np.float32], case: Case, most: int, rng: np.random.Generator) -> _Sample | None:
    """Draw as many pixels of the target as others, or all that there are; None if a place lacks either."""
    usable = case.known & np.isfinite(features).all(axis=0)
    pools = [np.flatnonzero(usable & side) for side in (case.present, ~case.present)]
    if not all(map(len, pools)):
        return None
    drawn = [rng.choice(pool, size=min(most, len(pool)), replace=False) for pool in pools]
    weights = [np.full(len(some), len(pool) / len(some)) for some, pool in zip(drawn, pools, strict=True)]
    chosen = np.concatenate(drawn)
    return _Sample(features.reshape(len(features), -1)[:, chosen].T, case.present.ravel()[chosen], np.concatenate(weights))


def _best_cut(votes: NDArray[np.float64], samples: dict[str, list[_Sample]]) -> float:
    """Cut with the best IoU, averaged over places, of the pixels drawn, each weighed by those that it stands for."""
    total, at = np.zeros(len(CUTS)), 0
    for found in samples.values():
        present, weight = (np.concatenate([getattr(s, name) for s in found]) for name in ("present", "weight"))
        # A pixel that is in every bag has no vote (NaN), and passes no cut.
        called = votes[at : at + len(present), None] > CUTS
        at += len(present)
        inter = (weight[:, None] * (called & present[:, None])).sum(axis=0)
        total += inter / (weight[:, None] * (called | present[:, None])).sum(axis=0)
    return float(CUTS[int(np.argmax(total))])


def _votes(trees: Any, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of votes (H, W), NaN where a feature is unknown."""
    rows = features.reshape(len(features), -1).T
    finite = np.isfinite(rows).all(axis=1)
    votes = np.full(len(rows), np.nan, dtype=np.float32)
    if finite.any():
        votes[finite] = trees.predict_proba(rows[finite])[:, 1]
    return votes.reshape(features.shape[1:])
