"""The layout of a simulated landscape: which land lies where, and the roads and rivers through it."""

import numpy as np
import numpy.typing as npt

from spexlab.places.simulation.canvas import Canvas, Cells, Floats
from spexlab.places.simulation.fields import farmland
from spexlab.places.simulation.nature import bare, forest, grass, scattered_trees, snow, water, wetland
from spexlab.places.simulation.noise import Dice, fractal, share_above
from spexlab.places.simulation.setting import Setting
from spexlab.places.simulation.towns import town
from spexlab.targets import CLASSES

SHADOWS_SHOW = 3.0
"""Below this cell size (m) buildings and trees cast shadows."""

Path = npt.NDArray[np.float64]


def draw_landscape(canvas: Canvas, setting: Setting, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Paint a whole landscape; return which cells lie in a cast shadow."""
    dice = Dice(rng)
    relief = _relief(canvas, setting, rng)
    free = _open_water(canvas, relief, setting, rng)
    free = _cover(canvas, free, relief, setting, rng, dice)
    _rivers(canvas, setting, rng, dice)
    _roads(canvas, rng)
    canvas.light *= _slopes(canvas, relief, setting, rng)
    return _shadows(canvas, rng)


def _field(
    canvas: Canvas, rng: np.random.Generator, longest: float, octaves: int = 6, roughness: tuple[float, float] = (0.5, 0.68)
) -> Floats:
    """Noise with blobs of `longest` metres, or of the view's size where that is smaller."""
    size = min(longest * float(rng.uniform(0.6, 1.4)), max(0.7 * max(canvas.extent), 150.0)) / canvas.step
    return fractal(rng, canvas.shape, size, octaves=octaves, roughness=float(rng.uniform(*roughness)))


def _relief(canvas: Canvas, setting: Setting, rng: np.random.Generator) -> Floats:
    """Rolling ground; in hilly places cut by sharp valleys, which are where noise passes through zero."""
    rolling = _field(canvas, rng, 4000.0)
    if setting.relief < 0.1:
        return rolling
    smooth = (0.3, 0.42)
    cut = np.abs(_field(canvas, rng, 2500.0, roughness=smooth)) + np.float32(0.3) * np.abs(
        _field(canvas, rng, 700.0, roughness=smooth)
    )
    return np.float32(1.4) * cut + np.float32(0.3) * rolling


def _take(free: npt.NDArray[np.bool_], field: Floats, share: float) -> Cells:
    """Take this share of the view where the field is highest, and mark it as used; what is taken already stays taken."""
    chosen = free & (field > share_above(field, share)).ravel()
    free &= ~chosen
    return np.flatnonzero(chosen)


def _open_water(canvas: Canvas, relief: Floats, setting: Setting, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Lakes or the sea in the lowest ground, wetland around it, ponds anywhere; return what is left."""
    free = np.ones(canvas.cover.size, dtype=bool)
    level = -share_above(-relief, setting.lakes) if setting.lakes > 0 else -np.inf
    low = np.flatnonzero(relief.ravel() < level)
    if low.size:
        depth = (level - relief.ravel()[low]) / np.float32(max(float(level - relief.min()), 1e-3))
        water(canvas, low, depth, rng)
        free[low] = False
    shore = -relief + np.float32(0.5) * _field(canvas, rng, 300.0, octaves=3)
    wetland(canvas, _take(free, shore, min(setting.wetland + setting.lakes, 0.9) if setting.wetland > 0.005 else 0.0), setting, rng)
    ponds = _field(canvas, rng, 60.0, octaves=2) + 0.3 * _field(canvas, rng, 2000.0, octaves=1)
    small = _take(free, ponds, float(rng.uniform(0.0, 0.006)) if max(canvas.extent) > 400.0 or rng.random() < 0.1 else 0.0)
    water(canvas, small, np.ones(small.size, dtype="float32"), rng, shallows=False)
    return free


def _cover(
    canvas: Canvas, free: npt.NDArray[np.bool_], relief: Floats, setting: Setting, rng: np.random.Generator, dice: Dice
) -> npt.NDArray[np.bool_]:
    """Snow on the heights, then towns, forest, farmland, bare ground and grass."""
    snow(canvas, _take(free, relief, setting.snow), rng)
    settled = _take(free, _field(canvas, rng, 1800.0, octaves=3), setting.town)
    wooded = _field(canvas, rng, 1500.0) + np.float32(0.4) * relief
    trees = _take(free, wooded, setting.forest)
    rural = _take(free, _field(canvas, rng, 3000.0, octaves=3), setting.farm)
    naked = _take(free, _field(canvas, rng, 800.0, octaves=5) + np.float32(0.5) * relief, setting.bare)
    meadow = np.flatnonzero(free)
    grass(canvas, np.concatenate([meadow, settled]), setting, rng)
    bare(canvas, naked, setting, rng)
    scattered_trees(canvas, meadow, float(rng.uniform(0.0, 0.12)), setting, rng, dice)
    farmland(canvas, rural, setting, rng, dice)
    forest(canvas, trees, setting, rng, dice)
    _clearings(canvas, trees, setting, rng)
    town(canvas, settled, setting, rng, dice)
    _bare_spots(canvas, np.concatenate([meadow, rural, settled]), setting, rng)
    return free


def _clearings(canvas: Canvas, trees: Cells, setting: Setting, rng: np.random.Generator) -> None:
    """Felled patches in the forest, grown over with grass."""
    spots = _field(canvas, rng, 150.0, octaves=2).ravel()[trees]
    grass(canvas, trees[spots > rng.uniform(1.6, 3.0)], setting, rng)


def _bare_spots(canvas: Canvas, cells: Cells, setting: Setting, rng: np.random.Generator) -> None:
    """Building sites, pits and trampled ground."""
    spots = _field(canvas, rng, 120.0, octaves=3).ravel()[cells]
    bare(canvas, cells[spots > rng.uniform(2.3, 3.6)], setting, rng)


def _course(canvas: Canvas, rng: np.random.Generator, bend: float) -> Path:
    """Return a winding path of (x, y) metres from one side of the view to another."""
    width, height = canvas.extent
    angle = rng.uniform(0, np.pi)
    reach = 0.75 * float(np.hypot(width, height))
    along = np.linspace(-1.0, 1.0, 300) * reach
    aside = np.zeros(300)
    for wave in (1.0, 0.45, 0.2, 0.09, 0.04):
        aside += bend * reach * wave**1.25 * rng.normal() * np.sin(2 * np.pi * (along / (2.2 * reach * wave) + rng.random()))
    middle = np.array([width, height]) * rng.uniform(0.2, 0.8, 2)
    direction, normal = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    path: Path = middle + along[:, None] * direction + aside[:, None] * normal
    return path


def _rivers(canvas: Canvas, setting: Setting, rng: np.random.Generator, dice: Dice) -> None:
    """Rivers and streams from less than a pixel to several pixels wide, some with woods on their banks."""
    rivers = setting.rivers if max(canvas.extent) > 600.0 or rng.random() < 0.2 else 0
    for _ in range(rivers):
        narrow = max(2.0, 1.5 * canvas.step)
        width = float(np.exp(rng.uniform(np.log(narrow), np.log(max(24.0 * canvas.step, 3.0)))))
        path = _course(canvas, rng, float(rng.uniform(0.08, 0.3)))
        swelling = width * np.exp(0.25 * np.interp(np.linspace(0, 12, len(path)), np.arange(13), rng.normal(size=13)))
        bank = canvas.line(path, swelling + max(2.0 * canvas.step, float(rng.uniform(0.5, 2.0)) * width))
        if canvas.step < SHADOWS_SHOW:
            grass(canvas, bank, setting, rng)
        if rng.random() < 0.5:
            scattered_trees(canvas, bank, float(rng.uniform(0.3, 0.9)), setting, rng, dice)
        elif rng.random() < 0.4 and setting.theme != "city":
            grass(canvas, bank, setting, rng)
        stream = canvas.line(path, swelling)
        water(canvas, stream, np.full(stream.size, 0.5, dtype="float32"), rng, shallows=False)


def _roads(canvas: Canvas, rng: np.random.Generator) -> None:
    """Country roads, tracks and perhaps a motorway; bridges cross rivers, but no road runs through a lake."""
    reach = max(canvas.extent)
    count = int(np.clip(rng.poisson(0.3 + reach / 2000.0), 0, 9))
    for k in range(count):
        motorway = k == 0 and reach > 1500.0 and rng.random() < 0.25
        width = float(rng.uniform(20.0, 34.0)) if motorway else float(rng.uniform(4.0, 9.0))
        cells = canvas.line(_course(canvas, rng, 0.02 if motorway else float(rng.uniform(0.02, 0.12))), width)
        cells = cells[canvas.cover[cells] != CLASSES["buildings"]]
        wet = canvas.cover[cells] == CLASSES["water"]
        if not cells.size or wet.mean() > 0.15:
            continue
        if not motorway and rng.random() < 0.3:
            canvas.paint(cells[~wet], "bare", "brown soil", second="green grass", blend=float(rng.uniform(0.1, 0.4)))
        else:
            canvas.paint(
                cells,
                "impervious",
                str(rng.choice(["asphalt", "old asphalt"])),
                second="concrete",
                blend=float(rng.uniform(0, 0.3)),
            )


def _slopes(canvas: Canvas, relief: Floats, setting: Setting, rng: np.random.Generator) -> Floats:
    """Return the light on slopes towards and away from the sun, and a slow change over the view."""
    step = max(1, min(canvas.shape) // 128)
    slope = np.roll(relief, step, 0) - np.roll(relief, -step, 0) + np.roll(relief, step, 1) - np.roll(relief, -step, 1)
    slope[:step], slope[-step:], slope[:, :step], slope[:, -step:] = 0, 0, 0, 0
    strength = setting.relief * min(1.0, 0.2 + max(canvas.extent) / 3000.0)
    shade = slope * np.float32(-strength / max(float(slope.std()), 1e-6))
    flat = np.flatnonzero(canvas.cover == CLASSES["water"])
    shade.ravel()[flat] = 0.0
    down, across = (np.linspace(-1, 1, size) * rng.normal(0, 0.03) for size in canvas.shape)
    tilt = (down[:, None] + across).astype("float32")
    light: Floats = np.exp(np.clip(shade, -0.9, 0.6) + tilt).ravel()
    # Fields and towns seen from above are about a quarter darker than their materials: clods, walls and leaves shade each other.
    light *= np.float32(np.exp(rng.normal(-0.3, 0.2)))
    light[flat] = np.exp(np.broadcast_to(tilt, canvas.shape)).ravel()[flat]
    return light


def _shadows(canvas: Canvas, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return the cells that something higher keeps from the sun, which stands in the south or so."""
    dark = np.zeros(canvas.shape, dtype=bool)
    if canvas.step >= SHADOWS_SHOW:
        return dark.ravel()
    height = canvas.height.reshape(canvas.shape)
    rise = float(np.tan(np.radians(rng.uniform(35.0, 68.0))))
    azimuth = rng.uniform(np.radians(120.0), np.radians(240.0))
    stride = max(1.0, 0.4 / canvas.step)
    for k in range(1, int(22.0 / rise / (stride * canvas.step)) + 1):
        dx, dy = round(-k * stride * np.sin(azimuth)), round(k * stride * np.cos(azimuth))
        if max(abs(dx), abs(dy)) >= min(canvas.shape):
            break
        to = (_ahead(dy), _ahead(dx))
        source = (_ahead(-dy), _ahead(-dx))
        lift = np.float32(k * stride * canvas.step * rise)
        dark[to] |= height[source] > height[to] + lift
    return dark.ravel()


def _ahead(shift: int) -> slice:
    """Return the slice that a shift by so many cells moves into."""
    return slice(shift, None) if shift > 0 else slice(None, shift or None)
