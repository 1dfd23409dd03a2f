"""Random training crops: other places, other scales, other sensors, other light."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.prior import Prior, index_stack, spectral_prior
from spexlab.places.augmentation import claimed_width, drop_bands, relight, with_infrared
from spexlab.places.labelled import Place, target_labels
from spexlab.scene import pixel_kind
from spexlab.targets import CLASSES, TARGETS

Scalar = TypeVar("Scalar", bound=np.generic)
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

_WIDEST = 90.0
"""Metres that pixels have at most once they are averaged."""
_MIXED = ("buildings", "impervious")
"""One class in wide pixels, and two in narrow ones."""


@dataclass(frozen=True, eq=False)
class CropTarget:
    """What is known about one target in a crop."""

    target: str
    present: Bools
    """(H, W)"""
    known: Bools
    """(H, W)"""
    prior: Prior | None
    """What the index says; None if the bands allow none."""


@dataclass(frozen=True, eq=False)
class Crop:
    """A piece of a place as the model sees it."""

    scene: xr.DataArray
    """Reflectance (band, y, x)."""
    indices: Floats
    """(K, H, W), NaN where the bands do not allow an index."""
    targets: tuple[CropTarget, ...]
    """What is asked about it."""
    truth: NDArray[np.int8]
    """(T, H, W) for every target of `spexlab.targets.TARGETS`: 1 where it is, 0 where it is not, -1 where that is unknown."""
    taught: Floats
    """(T, H, W) a teacher's probability of every target, NaN where there was none."""


@dataclass(frozen=True)
class CropRecipe:
    """How crops are drawn."""

    size: int = 128
    """Side in pixels."""
    targets: int = 3
    """Targets asked of each crop."""
    factors: tuple[int, ...] = (1, 1, 2, 3)
    """Pixels are averaged over blocks of this side; the pixel size grows with it."""
    band_dropout: float = 0.6
    """Share of crops that lose bands."""
    infrared: float = 0.0
    """Share of plain-colour crops that get an infrared band, made up from how green they are."""
    narrowed: float = 0.0
    """Share of crops of wide pixels that are said to be narrow: what a spectrum says of land does not depend on it."""


def draw_crop(place: Place, rng: random.Random, recipe: CropRecipe = CropRecipe()) -> Crop:
    """Draw a crop around a random labelled pixel, classes being equally likely, and vary scale, bands and light."""
    factor = _factor(place, rng, recipe)
    rows, columns = _window(place.labels, rng, recipe.size * factor)
    labelled = _labelled(place, rows, columns, factor)
    taught = _taught(place, rows, columns, factor)
    scene = _resample(place, rows, columns, factor)
    scene = relight(drop_bands(with_infrared(scene, rng, recipe.infrared), rng, recipe.band_dropout), rng)
    if pixel_kind(scene) == "coarse" and rng.random() < recipe.narrowed:
        scene, taught = claimed_width(scene, rng), _untaught(taught)
        labelled = {target: (p, k & (target not in _MIXED)) for target, (p, k) in labelled.items()}
    answers = _ask(labelled, rng, recipe.targets)
    turn, flip = rng.randrange(4), rng.random() < 0.5
    scene = scene.copy(data=_orient(scene.values, turn, flip=flip))
    known = tuple(
        CropTarget(t, _orient(p, turn, flip=flip), _orient(k, turn, flip=flip), spectral_prior(scene, t)) for t, p, k in answers
    )
    truth = np.stack([np.where(k, p, np.int8(-1)).astype(np.int8) for p, k in labelled.values()])
    return Crop(scene, index_stack(scene), known, _orient(truth, turn, flip=flip), _orient(taught, turn, flip=flip))


def _factor(place: Place, rng: random.Random, recipe: CropRecipe) -> int:
    side, width = max(min(place.labels.shape), recipe.size), place.pixel_size or 0.0
    return rng.choice([f for f in recipe.factors if f == 1 or (f * recipe.size <= side and f * width <= _WIDEST)])


def _window(labels: NDArray[np.uint8], rng: random.Random, side: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column indices of a window; beyond the edge the place is mirrored."""
    classes = [code for code in np.unique(labels) if code in CLASSES.values()]
    rows, columns = np.nonzero(labels == rng.choice(classes)) if classes else np.nonzero(labels > 0)
    pick = rng.randrange(len(rows))
    return tuple(  # type: ignore[return-value]
        _span(int(centre), length, rng, side) for centre, length in zip((rows[pick], columns[pick]), labels.shape, strict=True)
    )


def _span(centre: int, length: int, rng: random.Random, side: int) -> NDArray[np.intp]:
    start = centre - rng.randrange(side)
    start = max(0, min(start, length - side)) if length >= side else 0
    return np.pad(np.arange(length), (0, max(0, side - length)), mode="symmetric")[start : start + side]


def _labelled(place: Place, rows: NDArray[np.intp], columns: NDArray[np.intp], factor: int) -> dict[str, tuple[Bools, Bools]]:
    """Where each target is, and where that is known, at the crop's pixel size."""
    scale = place.pixel_size * factor if place.pixel_size else None
    window = np.ix_(rows, columns)
    labels, doubtful = place.labels[window], place.doubtful_water[window]
    found = {}
    for target in TARGETS:
        present, known = target_labels(labels, target, complete_for=place.complete_for, pixel_size=scale)
        known = known & ~doubtful if target == "water" else known
        found[target] = (_block_mean(present & known, factor) > 0.5, _block_mean(known, factor) > 0.5)
    return found


def _taught(place: Place, rows: NDArray[np.intp], columns: NDArray[np.intp], factor: int) -> Floats:
    """What the place's teacher says, at the crop's pixel size."""
    if place.taught is None:
        return np.full((len(TARGETS), len(rows) // factor, len(columns) // factor), np.nan, np.float32)
    return _block_mean(place.taught[:, rows[:, None], columns[None, :]], factor) / np.float32(255)


def _untaught(taught: Floats) -> Floats:
    mixed = np.array([target in _MIXED for target in TARGETS])[:, None, None]
    return np.where(mixed, np.float32("nan"), taught)


def _ask(labelled: dict[str, tuple[Bools, Bools]], rng: random.Random, count: int) -> list[tuple[str, Bools, Bools]]:
    """Choose targets: those that are present come first, one that is absent teaches to answer with nothing."""
    found: dict[bool, list[tuple[str, Bools, Bools]]] = {True: [], False: []}
    for target, (present, known) in labelled.items():
        if known.any():
            found[bool(present.any())].append((target, present, known))
    wanted = _weighted(found[True], rng, max(1, count - 1))
    return wanted + _weighted(found[False], rng, count - len(wanted))


def _weighted(answers: Sequence[tuple[str, Bools, Bools]], rng: random.Random, count: int) -> list[tuple[str, Bools, Bools]]:
    """Up to `count` answers without repetition, by weight (Efraimidis & Spirakis 2006)."""
    return sorted(answers, key=lambda a: rng.random() ** (1 / TARGETS[a[0]].crop_weight), reverse=True)[:count]


def _block_mean(values: NDArray[np.generic], factor: int) -> Floats:
    height, width = values.shape[-2:]
    blocks = values.astype(np.float32).reshape(*values.shape[:-2], height // factor, factor, width // factor, factor)
    mean: Floats = blocks.mean(axis=(-3, -1))
    return mean


def _resample(place: Place, rows: NDArray[np.intp], columns: NDArray[np.intp], factor: int) -> xr.DataArray:
    pixels = _block_mean(place.scene.values[:, rows[:, None], columns[None, :]], factor)
    attrs = {**place.scene.attrs, "pixel_size_m": place.pixel_size * factor if place.pixel_size else None}
    names = place.scene["band"].values
    waves = ("band", place.scene["wavelength"].values)
    return xr.DataArray(pixels, dims=("band", "y", "x"), coords={"band": names, "wavelength": waves}, attrs=attrs)


def _orient(values: NDArray[Scalar], turn: int, *, flip: bool) -> NDArray[Scalar]:
    turned = np.rot90(values, turn, axes=(-2, -1))
    return np.ascontiguousarray(turned[..., ::-1] if flip else turned)
