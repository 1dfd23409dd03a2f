"""Gradient-boosted trees on pixels: what a scientist grows in four minutes, as a measure and as a teacher.

One classifier of the land-cover classes (scikit-learn's HistGradientBoosting, after LightGBM, Ke et al. 2017) reads the bands by
wavelength, NaN where a sensor has none, normalised differences of them, and mean and spread of five of these around each pixel.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from spexlab.places import Place
from spexlab.scene.bands import spyndex_letters
from spexlab.targets import CLASSES, TARGETS, label_codes

Floats = NDArray[np.float32]

_BANDS = ("B", "G", "R", "RE1", "RE2", "RE3", "N", "S1", "S2")
"""By spyndex's letters."""
_PAIRS = (("N", "R"), ("G", "N"), ("G", "S1"), ("S1", "N"), ("N", "S2"), ("S1", "S2"), ("G", "R"))
"""Normalised differences: NDVI, NDWI, MNDWI, NDBI, NBR, NDTI, and one of visible bands."""
_TEXTURED = 4
"""How many of them, from the first, are looked at around a pixel, beside the brightness."""
_SQUARES = (5, 15)
"""Sides in pixels of what counts as around."""


@dataclass(frozen=True)
class TreeSettings:
    """How trees are grown."""

    iterations: int = 250
    leaves: int = 31
    learning_rate: float = 0.1
    l2: float = 1.0
    pixels: int = 5000
    """Drawn from a scene, classes being equally frequent."""
    seed: int = 0


class BoostedTrees:
    """A classifier of land cover, pixel by pixel.

    Parameters
    ----------
    settings
        How it is grown.
    wide
        Whether pixels are wider than a house: then buildings and paved ground are one class, as pixels mix them.
    """

    def __init__(self, settings: TreeSettings | None = None, *, wide: bool = True) -> None:
        self.settings = settings or TreeSettings()
        self._code = {code: min(label_codes(TARGETS[name].at_coarse if wide else name)) for name, code in CLASSES.items()}
        self._classifier: Any = None
        self._known = np.ones(0, bool)

    def fit(self, places: Iterable[Place]) -> Self:
        """Grow on places whose labels are dense; those that are complete for some classes only say too little.

        Raises
        ------
        ValueError
            If no place has dense labels of two classes.
        """
        rng = np.random.default_rng(self.settings.seed)
        drawn = [self._draw(place, rng) for place in places if place.complete_for is None]
        found = [one for one in drawn if one is not None]
        if len({code for _, codes in found for code in np.unique(codes)}) < 2:
            raise ValueError("trees need places with dense labels of two classes at least; give others")
        rows, codes = (np.concatenate(part) for part in zip(*found, strict=True))
        self._known = np.isfinite(rows).any(axis=0)  # scikit-learn cannot bin what no place knows
        self._classifier = _classifier(self.settings).fit(rows[:, self._known], codes)
        return self

    def probability(self, scene: xr.DataArray) -> Floats:
        """Probability of every target of `spexlab.targets.TARGETS`, (T, H, W); NaN where the scene has no data."""
        features = pixel_features(scene)
        seen = np.isfinite(scene.values).any(axis=0)
        likely = self._classifier.predict_proba(features[self._known][:, seen].T).astype(np.float32)
        column = {int(code): likely[:, number] for number, code in enumerate(self._classifier.classes_)}
        made = np.full((len(TARGETS), *seen.shape), np.nan, dtype=np.float32)
        for layer, target in zip(made, TARGETS, strict=True):
            codes = {self._code[code] for code in label_codes(target)}
            layer[seen] = sum((column[code] for code in codes & column.keys()), start=np.float32(0))
        return np.clip(made, 0, 1)

    def _draw(self, place: Place, rng: np.random.Generator) -> tuple[Floats, NDArray[np.uint8]] | None:
        """Features (N, K) and class codes (N,) of pixels whose label is not in doubt; None if there are none."""
        labels = np.vectorize(lambda code: self._code.get(code, 0), otypes=[np.uint8])(place.labels).ravel()
        usable = np.isfinite(place.scene.values).any(axis=0).ravel() & ~place.doubtful_water.ravel()
        pools = [np.flatnonzero(usable & (labels == code)) for code in np.unique(labels[labels > 0])]
        pools = [pool for pool in pools if pool.size]
        if not pools:
            return None
        each = self.settings.pixels // len(pools)
        chosen = np.concatenate([rng.choice(pool, min(each, pool.size), replace=False) for pool in pools])
        features = pixel_features(place.scene)
        return features.reshape(len(features), -1)[:, chosen].T, labels[chosen]


def pixel_features(scene: xr.DataArray) -> Floats:
    """What trees see of each pixel, (K, H, W), NaN where the bands do not allow it; K is the same for every sensor."""
    names = spyndex_letters([str(name) for name in scene["band"].values])
    missing = np.full(scene.shape[1:], np.nan, np.float32)
    layers = {letter: np.asarray(scene.sel(band=names[letter]).values) if letter in names else missing for letter in _BANDS}
    ratios = [_normalised(layers[a], layers[b]) for a, b in _PAIRS]
    soil = _normalised(layers["S1"] + layers["R"], layers["N"] + layers["B"])
    brightness = ((layers["B"] + layers["G"] + layers["R"]) / 3).astype(np.float32)
    around = [values for layer in (*ratios[:_TEXTURED], brightness) for values in _around(layer)]
    return np.stack([*layers.values(), *ratios, soil, *around]).astype(np.float32)


def _normalised(a: Floats, b: Floats) -> Floats:
    with np.errstate(all="ignore"):
        ratio = (a - b) / (a + b)
    return np.clip(np.where(np.isfinite(ratio), ratio, np.nan), -1, 1).astype(np.float32)


def _around(layer: Floats) -> list[Floats]:
    """Mean and spread in each square, of the pixels that are known."""
    known = np.isfinite(layer)
    filled = np.where(known, layer, 0).astype(np.float32)
    found = []
    for side in _SQUARES:
        share = uniform_filter(known.astype(np.float32), side)
        with np.errstate(all="ignore"):
            mean, square = (uniform_filter(values, side) / share for values in (filled, filled**2))
            spread = np.sqrt(np.maximum(square - mean**2, 0))
        found += [np.where(share > 1e-3, values, np.nan) for values in (mean, spread)]
    return found


def _classifier(settings: TreeSettings) -> Any:
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
    except ImportError as error:
        raise ImportError("boosted trees need scikit-learn: pip install 'spexlab[train]'") from error
    return HistGradientBoostingClassifier(
        max_iter=settings.iterations,
        learning_rate=settings.learning_rate,
        max_leaf_nodes=settings.leaves,
        l2_regularization=settings.l2,
        early_stopping=False,
        random_state=settings.seed,
    )
