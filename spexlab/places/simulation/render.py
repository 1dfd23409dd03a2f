"""From the painted fine grid to what a sensor records: mixed pixels, variation, haze, blur, noise; and the majority label."""

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from spexlab.places.simulation.canvas import Canvas, Floats
from spexlab.places.simulation.materials import MATERIALS, material_spectra, skylight, variation_modes
from spexlab.places.simulation.noise import fractal, noise
from spexlab.targets import CLASSES, COARSE_PIXEL

_BUILT_WEIGHT = 2.5
"""In coarse pixels houses and streets count together, and weigh more: maps take the gardens between them for built-up."""


def render(canvas: Canvas, shadow: npt.NDArray[np.bool_], wavelengths: Floats, sampling: int, rng: np.random.Generator) -> Floats:
    """Return reflectance (bands, H, W): each pixel the mean of `sampling` x `sampling` cells."""
    rows, columns = canvas.shape[0] // sampling, canvas.shape[1] // sampling
    mixed = _mix(canvas, shadow, wavelengths, sampling)
    mixed *= np.exp(_variation(canvas, (rows, columns), sampling, rng) @ variation_modes(wavelengths))
    image = np.ascontiguousarray(mixed.T).reshape(-1, rows, columns)
    blur = float(rng.uniform(0.3, 0.65))
    for layer in image:
        gaussian_filter(layer, blur, output=layer, truncate=2.5)
    return image


def record(image: Floats, wavelengths: Floats, rng: np.random.Generator) -> Floats:
    """Return what reaches the sensor: haze that is strongest in the blue, and noise that grows with the light."""
    shape = (image.shape[1], image.shape[2])
    amount = float(rng.choice([0.0, rng.uniform(0, 0.008), rng.uniform(0.01, 0.04)], p=[0.6, 0.25, 0.15]))
    haze = amount * np.clip(1.0 + 0.5 * noise(rng, shape, 0.4 * max(shape)), 0.2, 2.5)
    colour = (np.float32(490.0) / wavelengths) ** np.float32(rng.uniform(1.3, 3.5))
    veil = np.float32(rng.uniform(0.0, 0.012))  # glint and stray light, in all bands alike
    image = image * np.exp(-0.8 * haze) + colour[:, None, None] * haze + veil
    gain = np.exp(rng.normal(0.0, 0.04) + rng.normal(0.0, 0.025, len(wavelengths))).astype("float32")[:, None, None]
    image = image * gain
    spread = np.float32(rng.uniform(0.0005, 0.004)) + np.float32(rng.uniform(0.002, 0.015)) * np.clip(image, 0, 1)
    recorded: Floats = (image + spread * rng.standard_normal(image.shape, dtype="float32")).astype("float32")
    return recorded


def develop(image: Floats, rng: np.random.Generator) -> Floats:
    """Return brightness 0-1 as in an 8-bit picture: stretched, with the curve of a camera, cut off at black and white."""
    high = np.percentile(image[:, ::4, ::4], rng.uniform(96.0, 99.7), axis=(1, 2)).astype("float32")
    middle = np.median(image[:, ::4, ::4], axis=(1, 2)).astype("float32")
    high = np.clip(high, 1.4 * middle, 4.0 * middle)  # a lone bright roof or a lake must not turn the rest black
    high = high * np.float32(0.35) + np.float32(0.65) * high.mean()  # a camera balances its colours only a little
    low = np.float32(rng.uniform(0.0, 0.5)) * np.percentile(image[:, ::4, ::4], 1.0, axis=(1, 2)).astype("float32")
    gamma = np.float32(rng.uniform(0.5, 0.95))
    stretched = np.clip((image - low[:, None, None]) / (high - low)[:, None, None].clip(1e-3), 0.0, 1.0) ** gamma
    stretched = np.clip(stretched * np.float32(rng.uniform(0.75, 1.0)) + np.float32(rng.uniform(0.0, 0.08)), 0, 1)
    brightness: Floats = (np.round(stretched * 255.0) / 255.0).astype("float32")
    return brightness


def majority(canvas: Canvas, sampling: int, pixel_size: float) -> npt.NDArray[np.uint8]:
    """Return the class that covers most of each pixel: uint8 (H, W)."""
    rows, columns = canvas.shape[0] // sampling, canvas.shape[1] // sampling
    cover = canvas.cover.reshape(rows, sampling, columns, sampling)
    counts = np.zeros((max(CLASSES.values()) + 1, rows, columns), dtype="float32")
    for code in CLASSES.values():
        counts[code] = (cover == code).sum(axis=(1, 3), dtype="uint8")
        counts[code] += np.float32(0.5) * (cover[:, -1, :, -1] == code)  # one cell of the pixel breaks ties
    buildings, impervious = CLASSES["buildings"], CLASSES["impervious"]
    if pixel_size >= COARSE_PIXEL:
        built = counts[buildings] + counts[impervious]
        roofs = counts[buildings] >= counts[impervious]
        counts[buildings], counts[impervious] = _BUILT_WEIGHT * built * roofs, _BUILT_WEIGHT * built * ~roofs
    winner: npt.NDArray[np.uint8] = counts.argmax(axis=0).astype("uint8")
    return winner


def _mix(canvas: Canvas, shadow: npt.NDArray[np.bool_], wavelengths: Floats, sampling: int) -> Floats:
    """Return the light of every pixel, (pixels, bands): shares of the materials in it, times their spectra."""
    spectra = material_spectra(wavelengths)
    table = np.concatenate([spectra, spectra * skylight(wavelengths)])
    dark = shadow.astype("uint8") * np.uint8(len(MATERIALS))
    first, second = canvas.first + dark, canvas.second + dark
    used = np.flatnonzero(np.bincount(first, minlength=len(table)) + np.bincount(second, minlength=len(table)))
    place = np.zeros(len(table), dtype=np.int64)
    place[used] = np.arange(used.size)
    rows, columns = canvas.shape[0] // sampling, canvas.shape[1] // sampling
    shares = np.zeros(rows * columns * used.size, dtype="float32")
    pixel = np.arange(rows * columns).reshape(rows, columns) * used.size
    light = (canvas.light / np.float32(sampling**2)).reshape(canvas.shape)
    layers = [(first, 1.0 - canvas.blend), (second, canvas.blend)]
    for material, amount in layers:
        where, weight = place[material].reshape(canvas.shape), amount.reshape(canvas.shape) * light
        for dy in range(sampling):
            for dx in range(sampling):
                shares[pixel + where[dy::sampling, dx::sampling]] += weight[dy::sampling, dx::sampling]
    mixed: Floats = shares.reshape(rows * columns, used.size) @ table[used]
    return mixed


def _variation(canvas: Canvas, shape: tuple[int, int], sampling: int, rng: np.random.Generator) -> Floats:
    """Return how each pixel departs from the typical spectrum, (pixels, modes): by stand, and slowly over the view."""
    stands = rng.normal(0.0, 1.0, (1024, 4)).astype("float32")
    stands[0] = 0.0
    middle = canvas.stand.reshape(canvas.shape)[sampling // 2 :: sampling, sampling // 2 :: sampling].ravel()
    spread = np.array([0.08, 0.06, 0.10, 0.10], dtype="float32")
    drift = np.stack([fractal(rng, shape, max(shape) / 3, octaves=4).ravel() for _ in range(4)], axis=1)
    scene = rng.normal(0.0, 1.0, 4).astype("float32") * np.float32(0.6)
    departure: Floats = (stands[middle] + np.float32(0.45) * drift + scene) * spread
    return departure
