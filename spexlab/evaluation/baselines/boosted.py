"""Gradient-boosted trees: what a scientist grows in four minutes, and what a checkpoint has to beat."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evaluation.methods import Prediction
from spexlab.places import Place
from spexlab.scene import PixelKind, pixel_kind
from spexlab.targets import TARGETS
from spexlab.training.trees import BoostedTrees, TreeSettings

CUT = 0.5
"""Probability above which a pixel is the target."""


class BoostedTreeBaseline:
    """Trees for each kind of pixels, grown when they are first asked.

    Parameters
    ----------
    settings
        How they are grown.
    """

    name = "boosted trees"

    def __init__(self, settings: TreeSettings | None = None) -> None:
        self.settings = settings or TreeSettings()
        self._places: dict[PixelKind, list[Place]] = {}
        self._grown: dict[PixelKind, BoostedTrees | None] = {}
        self._last: tuple[xr.DataArray, NDArray[np.float32]] | None = None

    @property
    def identity(self) -> str:
        """Hash of the settings and of the places that they learn from."""
        places = sorted(place.name for found in self._places.values() for place in found)
        return hashlib.sha256(json.dumps([asdict(self.settings), places]).encode()).hexdigest()

    def fit(self, places: Iterable[Place]) -> Self:
        """Take the places to learn from; those whose labels are not dense say too little."""
        self._places, self._grown, self._last = {}, {}, None
        for place in places:
            if place.complete_for is None:
                self._places.setdefault(pixel_kind(place.scene), []).append(place)
        return self

    def predict(self, scene: xr.DataArray, target: str) -> Prediction | None:
        """Classify; None if there was no place with such pixels to learn from."""
        trees = self._trees(pixel_kind(scene))
        if trees is None:
            return None
        # All targets come at once, and are asked for one after the other.
        if self._last is None or self._last[0] is not scene:
            self._last = scene, trees.probability(scene)
        likely = self._last[1][list(TARGETS).index(target)]
        return Prediction(likely > CUT, likely, provenance={"cut": CUT})

    def _trees(self, kind: PixelKind) -> BoostedTrees | None:
        if kind not in self._grown:
            places = self._places.get(kind)
            self._grown[kind] = BoostedTrees(self.settings, wide=kind == "coarse").fit(places) if places else None
        return self._grown[kind]
