"""A network of SPEX's size that was trained on the same places, but never told in words what to look for."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import numpy as np
import xarray as xr

from spexlab.evaluation import Answer
from spexlab.extraction.cache import content_key
from spexlab.spie import Place
from spexlab.training.segmenter import load_segmenter


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
        self._last: tuple[str, xr.DataArray] | None = None
        """The scene asked about last, and what was found in it."""

    @property
    def identity(self) -> str:
        """Hash of its weights."""
        return hashlib.sha256(b"".join(file.read_bytes() for file in self._weights)).hexdigest()

    def fit(self, places: Iterable[Place]) -> Self:  # noqa: ARG002 - as every baseline
        """Learn nothing more."""
        return self

    def predict(self, scene: xr.DataArray, target: str) -> Answer | None:
        """Take what scores above one half; None for a target that it was not trained for."""
        if target not in self._segment.targets:
            return None
        key = content_key(scene)
        if self._last is None or self._last[0] != key:
            self._last = key, self._segment(scene)
        probability = self._last[1].sel(target=target).values
        with np.errstate(invalid="ignore"):
            return Answer(probability > 0.5, probability)
