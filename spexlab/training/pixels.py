"""Pixels drawn from places: a table is all that the evidence of single pixels needs to learn from."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spexlab.model.landcover import BRIGHTNESS, SLOTS, PixelEvidence, feature_bands
from spexlab.places import Place, PlaceMixture
from spexlab.targets import TARGETS

_CAMERAS = ((0, 1, 2, 6), (0, 1, 2), (1, 2, 6), (0, 1, 2, 6, 7, 8))
"""Bands, by their place in `SLOTS`, of common cameras: four bands, plain colour, colour-infrared, the Landsat reflective ones."""
_FEWER, _NARROWED = 0.45, 0.2
"""Shares of draws that lose bands, and whose wide pixels are said to be narrow: spectra tell the same of land there."""
_GAIN = {False: 0.12, True: 0.35}
"""Spread of the light, as a logarithm, by whether pixels are narrow: such scenes rarely tell their radiometry."""
_MIXED = [number for number, name in enumerate(TARGETS) if name in {"buildings", "impervious"}]
"""One class in wide pixels, and two in narrow ones."""
_ANY, _EACH = 1600, 1600
"""Pixels kept of a place: of any kind, and of each class."""


@dataclass(frozen=True, eq=False)
class Pixels:
    """Some pixels of a place."""

    measured: NDArray[np.float32]
    """(N, F) as `PixelEvidence.measure` gives them."""
    truth: NDArray[np.int8]
    """(N, T): 1, 0, or -1 where it is unknown."""
    taught: NDArray[np.float32]
    """(N, T), NaN where the teacher says nothing."""


class PixelSource:
    """Pixels of places, classes being about equally frequent.

    Parameters
    ----------
    mixture
        Where they are drawn from.
    evidence
        Measures them.
    each
        Pixels in a sample.
    """

    def __init__(self, mixture: PlaceMixture, evidence: PixelEvidence, *, each: int) -> None:
        self._mixture, self._evidence, self._each = mixture, evidence, each
        self._tables: dict[str, Pixels] = {}

    def pick(self, rng: random.Random) -> tuple[str, Place]:
        """Choose a place."""
        place = self._mixture.pick(rng)
        return place.name, place

    def make(self, chosen: Place, rng: random.Random, shared: random.Random) -> Pixels:
        """Draw pixels of a place, in another light and, now and then, as a camera of fewer bands sees them."""
        del shared
        table = self._table(chosen)
        rows = np.array(rng.choices(range(len(table.measured)), k=self._each))
        measured, truth, taught = (part[rows] for part in (table.measured, table.truth, table.taught))
        if rng.random() < _FEWER:
            kept = torch.zeros(len(SLOTS), dtype=torch.bool)
            kept[list(rng.choice(_CAMERAS))] = True
            measured[:, (feature_bands() & ~kept).any(dim=1).numpy()] = np.nan
        narrow = bool(measured[0, -1])
        if not narrow and rng.random() < _NARROWED:
            narrow, measured[:, -1], truth[:, _MIXED], taught[:, _MIXED] = True, 1, -1, np.nan
        measured[:, list(BRIGHTNESS)] *= np.exp(rng.gauss(0, _GAIN[narrow]), dtype=np.float32)
        return Pixels(measured, truth, taught)

    def rows(self, count: int, rng: random.Random) -> Tensor:
        """Numbers of pixels from `count` draws of a place, (N, F), as they are."""
        tables = (self._table(self.pick(rng)[1]) for _ in range(count))
        return torch.from_numpy(np.concatenate([table.measured[:: max(1, len(table.measured) // 500)] for table in tables]))

    def _table(self, place: Place) -> Pixels:
        if place.name not in self._tables:
            self._tables[place.name] = _pixels(place, self._evidence)
        return self._tables[place.name]


class PixelCollator:
    """Samples of pixels -> what `PixelTrainee.forward` reads."""

    def __call__(self, samples: Sequence[Pixels]) -> dict[str, Tensor]:
        """One table."""
        return {
            name: torch.from_numpy(np.concatenate([getattr(one, name) for one in samples]))
            for name in ("measured", "truth", "taught")
        }


@torch.no_grad()
def _pixels(place: Place, evidence: PixelEvidence) -> Pixels:
    """Pixels of a place that are known, some of each class and some of any.

    Raises
    ------
    ValueError
        If none has data and is labelled or taught.
    """
    rng = np.random.default_rng(len(place.labels.ravel()))
    scene = place.scene.compute()
    values = (torch.from_numpy(np.nan_to_num(scene.values))[None] - evidence.mean) / evidence.std
    waves = torch.from_numpy(scene["wavelength"].values.astype(np.float32))[None]
    size = torch.tensor([place.pixel_size or float("nan")])
    usable = np.isfinite(scene.values).all(axis=0) & ((place.labels > 0) | (place.taught is not None))
    chosen = _chosen(np.where(usable, place.labels, 0).ravel(), usable.ravel(), rng)
    if not chosen.size:
        raise ValueError("none of its pixels has data and a label")
    measured = evidence.measure(values, waves, size)[0].reshape(usable.size, -1)[torch.from_numpy(chosen)]
    taught = np.full((len(TARGETS), usable.size), np.nan, np.float32)
    if place.taught is not None:
        taught = place.taught.reshape(len(TARGETS), -1).astype(np.float32) / 255
    return Pixels(measured.numpy(), _truth(place)[:, chosen].T, taught[:, chosen].T)


def _chosen(labels: NDArray[np.uint8], usable: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.intp]:
    pools = [np.flatnonzero(usable), *(np.flatnonzero(labels == code) for code in np.unique(labels[labels > 0]))]
    counts = [_ANY, *[_EACH] * (len(pools) - 1)]
    return np.concatenate([rng.choice(pool, min(n, pool.size), replace=False) for pool, n in zip(pools, counts, strict=True)])


def _truth(place: Place) -> NDArray[np.int8]:
    """What the label says of every target, (T, N)."""
    said = (place.learnable(target) for target in TARGETS)
    return np.stack([np.where(known, present, -1).astype(np.int8).ravel() for present, known in said])
