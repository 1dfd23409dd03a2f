"""Random training crops: other places, other scales, other sensors, other light."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.prior import Prior, index_stack, spectral_prior
from spexlab.places.labelled import Place, target_labels
from spexlab.scene.bands import find_band
from spexlab.targets import CLASSES, TARGETS

Scalar = TypeVar("Scalar", bound=np.generic)
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

_SUBSETS = (
    ("blue", "green", "red", "nir"),
    ("blue", "green", "red"),
    ("blue", "green", "red", "nir", "swir16", "swir22"),
)
"""Band sets of common cameras: four-band aerial and commercial, plain colour, the Landsat reflective bands."""


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


def draw_crop(place: Place, rng: random.Random, recipe: CropRecipe = CropRecipe()) -> Crop:
    """Draw a crop around a random labelled pixel, classes being equally likely, and vary scale, bands and light."""
    factor = _factor(place, rng, recipe)
    rows, columns = _window(place.labels, rng, recipe.size * factor)
    labelled = _labelled(place, rows, columns, factor)
    answers = _ask(labelled, rng, recipe.targets)
    scene = _resample(place, rows, columns, factor)
    scene = _relight(_drop_bands(scene, rng, recipe.band_dropout), rng)
    turn, flip = rng.randrange(4), rng.random() < 0.5
    scene = scene.copy(data=_orient(scene.values, turn, flip=flip))
    known = tuple(
        CropTarget(t, _orient(p, turn, flip=flip), _orient(k, turn, flip=flip), spectral_prior(scene, t)) for t, p, k in answers
    )
    truth = np.stack([np.where(k, p, np.int8(-1)).astype(np.int8) for p, k in labelled.values()])
    taught = _taught(place, rows, columns, factor)
    return Crop(scene, index_stack(scene), known, _orient(truth, turn, flip=flip), _orient(taught, turn, flip=flip))


def _factor(place: Place, rng: random.Random, recipe: CropRecipe) -> int:
    fitting = [f for f in recipe.factors if f * recipe.size <= max(min(place.labels.shape), recipe.size)]
    return rng.choice(fitting)


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


def _ask(labelled: dict[str, tuple[Bools, Bools]], rng: random.Random, count: int) -> list[tuple[str, Bools, Bools]]:
    """Choose targets: those that are present come first, one that is absent teaches to answer with nothing."""
    found: dict[bool, list[tuple[str, Bools, Bools]]] = {True: [], False: []}
    for target, (present, known) in labelled.items():
        if known.any():
            found[bool(present.any())].append((target, present, known))
    wanted = _weighted(found[True], rng, count - 1)
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


def _drop_bands(scene: xr.DataArray, rng: random.Random, share: float) -> xr.DataArray:
    names = [str(name) for name in scene["band"].values]
    if rng.random() >= share or len(names) <= 3:
        return scene
    camera = rng.choice((*_SUBSETS, None))
    if camera is None:
        keep = sorted(rng.sample(range(len(names)), rng.randint(3, len(names))))
    else:
        seen = {find_band(name, names) for name in camera}
        keep = [i for i, name in enumerate(names) if name in seen]
    return scene.isel(band=keep) if len(keep) >= 3 else scene


def _relight(scene: xr.DataArray, rng: random.Random) -> xr.DataArray:
    """Another sun, haze that fades with wavelength, sensor gains and noise."""
    noise = np.random.default_rng(rng.getrandbits(32))
    bands = scene.sizes["band"]
    gain = np.exp(noise.normal(0, 0.15) + noise.normal(0, 0.03, bands))[:, None, None]
    haze = (rng.random() ** 2 * 0.03 * np.exp(-(scene["wavelength"].values - 450) / 250))[:, None, None]
    grain = noise.normal(0, rng.random() * 0.003, scene.shape)
    return scene.copy(data=(scene.values * gain + haze + grain).astype(np.float32))


def _orient(values: NDArray[Scalar], turn: int, *, flip: bool) -> NDArray[Scalar]:
    turned = np.rot90(values, turn, axes=(-2, -1))
    return np.ascontiguousarray(turned[..., ::-1] if flip else turned)
