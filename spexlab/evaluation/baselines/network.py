"""A network of SPEX's size that was trained on the same places, but never told in words what to look for."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evaluation import Prediction, cases_of
from spexlab.extraction.cache import content_key
from spexlab.places import Place
from spexlab.scene import PixelKind, pixel_kind
from spexlab.training.segmenter import load_segmenter

CUTS = np.round(np.arange(0.1, 0.91, 0.05), 2)
MIN_GROUPS = 3
"""A target that fewer training places show is cut at one half."""
SIDE = 512
"""Pixels of a training place that are looked at, at most, in each direction."""
Overlaps = dict[str, NDArray[np.int64]]
"""Group -> intersection and union (2, C) at every cut."""


class WithoutLanguage:
    """The segmenter of `spexlab pretrain`: it scores every target in every pixel at once.

    Parameters
    ----------
    folder
        Where it was saved: ``model`` in the run's folder.
    """

    name = "without language"

    def __init__(self, folder: str | Path) -> None:
        self._segment = load_segmenter(folder)
        self._weights = sorted(Path(folder).glob("*.safetensors"))
        self._places: list[Place] = []
        self._cuts: dict[tuple[PixelKind, str], float] | None = None
        self._last: tuple[str, xr.DataArray] | None = None
        """The scene asked about last, and what was found in it."""

    @property
    def identity(self) -> str:
        """Hash of its weights, and of the places that its cuts are chosen on."""
        digest = hashlib.sha256(json.dumps(sorted(place.name for place in self._places)).encode())
        for file in self._weights:
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def fit(self, places: Iterable[Place]) -> Self:
        """Take labelled places to choose on, when first asked, where to cut its scores, as SPEX and the forest do."""
        self._places, self._cuts = list(places), None
        return self

    def predict(self, scene: xr.DataArray, target: str) -> Prediction | None:
        """Take what scores above the cut; None for a target that it was not trained for."""
        if target not in self._segment.targets:
            return None
        if self._cuts is None:
            self._cuts = self._choose_cuts()
        cut = self._cuts.get((pixel_kind(scene), target), 0.5)
        probability = self._probability(scene, target)
        with np.errstate(invalid="ignore"):
            return Prediction(probability > cut, probability, provenance={"cut": cut})

    def _probability(self, scene: xr.DataArray, target: str) -> NDArray[np.float32]:
        key = content_key(scene)
        if self._last is None or self._last[0] != key:
            self._last = key, self._segment(scene)
        return np.asarray(self._last[1].sel(target=target).values)

    def _choose_cuts(self) -> dict[tuple[PixelKind, str], float]:
        overlaps: dict[tuple[PixelKind, str], Overlaps] = {}
        for place in self._places:
            corner = replace(place, scene=place.scene[:, :SIDE, :SIDE], labels=place.labels[:SIDE, :SIDE])
            for case in cases_of([corner]):
                called = self._probability(corner.scene, case.target)[case.known][:, None] > CUTS
                present = case.present[case.known][:, None]
                both = np.stack([(called & present).sum(axis=0), (called | present).sum(axis=0)])
                groups = overlaps.setdefault((case.kind, case.target), {})
                groups[place.group] = groups.get(place.group, np.int64(0)) + both
        return {key: best_cut(groups) for key, groups in overlaps.items() if len(groups) >= MIN_GROUPS}


def best_cut(groups: Mapping[str, NDArray[np.int64]]) -> float:
    """Cut with the best IoU, averaged over groups."""
    iou = np.mean([both / np.maximum(either, 1) for both, either in groups.values()], axis=0)
    return float(CUTS[int(np.argmax(iou))])
