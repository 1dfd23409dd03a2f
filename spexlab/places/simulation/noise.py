"""Smooth seeded noise, made by spreading a few random control points: what every simulated shape and texture starts from."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_SPLINE_STD = 151.0 / 315.0  # of a cubic B-spline over white control points, per axis
_SHEET = 400


def _spline_weights(size: int, cell: float, phase: float) -> Floats:
    """Cubic B-spline weights, (size, controls): each row mixes the four control points around it."""
    at = np.arange(size, dtype="float32") / np.float32(cell) + np.float32(phase)
    base = np.floor(at).astype(int)
    t = at - base
    weights = np.zeros((size, int(base[-1]) + 4), dtype="float32")
    rows = np.arange(size)
    for k, value in enumerate(((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)):
        weights[rows, base + k] = value / 6  # the textbook basis of a uniform cubic B-spline
    return weights


def noise(rng: np.random.Generator, shape: tuple[int, int], cell: float) -> Floats:
    """Return smooth noise (rows, columns) of about zero mean and unit spread, with blobs of about `cell` pixels.

    Fine noise over a large grid is one sheet repeated: the eye cannot tell, and it takes a tenth of the time.
    """
    cell = max(cell, 1.5)
    if cell < 8.0 and min(shape) > _SHEET:
        sheet: Floats = noise(rng, (_SHEET, _SHEET), cell)
        repeats = (-(-shape[0] // _SHEET), -(-shape[1] // _SHEET))
        tiled: Floats = np.tile(sheet, repeats)[: shape[0], : shape[1]]
        return tiled
    phases = rng.random(2)
    down, across = (_spline_weights(size, cell, float(phase)) for size, phase in zip(shape, phases, strict=True))
    controls = rng.standard_normal((down.shape[1], across.shape[1]), dtype="float32")
    controls *= np.float32(1.0 / _SPLINE_STD)
    return np.asarray((down @ controls) @ across.T, dtype="float32")


def fractal(
    rng: np.random.Generator, shape: tuple[int, int], longest: float, *, octaves: int = 4, roughness: float = 0.5
) -> Floats:
    """Return noise of several sizes: blobs of `longest` pixels, and ever smaller ones that weigh `roughness` of the size before."""
    total: Floats = np.zeros(shape, dtype="float32")
    weight, cell, power = 1.0, longest, 0.0
    for _ in range(octaves):
        if cell < 3.0:
            break
        total += np.float32(weight) * noise(rng, shape, cell)
        weight, cell, power = weight * roughness, cell / 2.0, power + weight**2
    # By the expected spread, not by its own: a field much smaller than its blobs is nearly flat, and has to stay so.
    total *= np.float32(1.0 / max(power, 1e-6) ** 0.5)
    return total


def share_above(field: Floats, share: float) -> float:
    """Return the level above which this share (0-1) of the field lies."""
    if share <= 0.0:
        return float("inf")
    sample = field[:: max(1, field.shape[0] // 128), :: max(1, field.shape[1] // 128)]
    return float(np.quantile(sample, 1.0 - min(share, 1.0)))


class Dice:
    """Random numbers by integer address: the same lot, parcel or tree gets the same number wherever its pixels are asked for."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._table = rng.random(1 << 16, dtype="float32")

    def __call__(self, i: npt.NDArray[np.int32], j: npt.NDArray[np.int32], use: int) -> Floats:
        """Return uniform numbers 0-1, another independent set for each `use`."""
        address = i * np.int32(20_011) + j * np.int32(7_919) + np.int32(40_503 * use & 0xFFFF)
        drawn: Floats = self._table.take((address ^ (address >> 7)) & np.int32(0xFFFF))
        return drawn
