"""Water, forest, grass, bare ground, snow and wetland: everything that nobody built or ploughed."""

import numpy as np
import numpy.typing as npt

from spexlab.places.simulation.canvas import Canvas, Cells, Floats, Positions, patches
from spexlab.places.simulation.materials import MATERIALS
from spexlab.places.simulation.noise import Dice, fractal, noise
from spexlab.places.simulation.setting import BARE, Setting, dryness, foliage

CROWNS_SHOW = 2.5
"""Below this cell size (m) single tree crowns are drawn, above it only their texture."""

_WATERS = ("clear water", "turbid water", "green water", "dark water", "muddy water")


def grass(canvas: Canvas, cells: Cells, setting: Setting, rng: np.random.Generator) -> None:
    """Meadow and pasture in paddocks, greener and drier in patches, with scattered shrubs."""
    low, high = dryness(setting)
    dice = Dice(rng)
    paddock = patches(canvas.place(cells), float(rng.uniform(80.0, 400.0)), dice, 70)
    level = np.float32(rng.uniform(low, high)) + np.float32(0.3) * (dice(paddock.i, paddock.j, 72) - np.float32(0.5))
    patchy = fractal(rng, canvas.shape, max(250.0 / canvas.step, 24.0), octaves=6, roughness=0.75).ravel()[cells]
    fine = noise(rng, canvas.shape, 2.0).ravel()[cells]
    canvas.paint(
        cells, "low vegetation", "green grass", second="dry grass",
        blend=np.clip(level + 0.14 * patchy, 0, 1), light=np.exp(0.06 * patchy + 0.08 * fine),
        stand=((paddock.i * 5 + paddock.j * 97) & 1023).astype("uint16"),
    )  # fmt: skip
    bushes = noise(rng, canvas.shape, max(2.0, 2.0 / canvas.step)).ravel()[cells]
    shrubby = cells[patchy + 0.8 * bushes > rng.uniform(1.8, 3.2)]
    canvas.paint(shrubby, "low vegetation", "shrub", second="green grass", blend=0.3, height=1.5)


def bare(canvas: Canvas, cells: Cells, setting: Setting, rng: np.random.Generator) -> None:
    """Rock, sand and soil, with a little dry growth."""
    kinds = rng.choice(BARE[setting.climate], 2)
    mixing = fractal(rng, canvas.shape, max(300.0 / canvas.step, 20.0), octaves=5).ravel()[cells]
    fine = noise(rng, canvas.shape, 3.0).ravel()[cells]
    canvas.paint(
        cells, "bare", kinds[0], second=kinds[1],
        blend=np.clip(0.5 + 0.5 * mixing, 0, 1), light=np.exp(0.1 * mixing + 0.06 * fine),
    )  # fmt: skip
    sprouting = cells[mixing * 0.6 + fine * 0.6 > rng.uniform(1.2, 2.4)]
    canvas.paint(sprouting, None, None, second="shrub", blend=rng.uniform(0.2, 0.45))


def forest(canvas: Canvas, cells: Cells, setting: Setting, rng: np.random.Generator, dice: Dice) -> None:
    """Stands of conifers and broadleaf trees; crowns and gaps where the grid is fine enough to see them."""
    if not cells.size:
        return
    place = canvas.place(cells)
    stands = patches(place, rng.uniform(120.0, 350.0), dice, 40)
    kind = dice(stands.i, stands.j, 42)
    broadleaf, conifer = foliage(setting)
    conifer_share = {"boreal": 0.75, "temperate": 0.4, "mediterranean": 0.4, "arid": 0.3, "tropical": 0.03}[setting.climate]
    patchy = fractal(rng, canvas.shape, max(150.0 / canvas.step, 12.0), octaves=4).ravel()[cells]
    mixed = kind + 0.12 * patchy < conifer_share
    material = np.where(mixed, MATERIALS[conifer], MATERIALS[broadleaf]).astype("uint8")
    gaps = 0.15 + 0.2 * dice(stands.i, stands.j, 43) + 0.08 * patchy
    light = np.exp(0.1 * (dice(stands.i, stands.j, 44) - 0.5) + 0.06 * patchy)
    height = np.where(mixed, np.float32(18.0), np.float32(14.0)) * (0.6 + 0.5 * dice(stands.i, stands.j, 45))
    if canvas.step < CROWNS_SHOW:
        size = 5.0 + 3.0 * float(rng.random())
        sway = (np.float32(0.5 * size) * noise(rng, canvas.shape, 3.0 * size / canvas.step)).ravel()[
            cells
        ]  # no tree stands in a grid
        inside, shade = crowns(Positions(place.x + sway, place.y - sway), size, canvas.step, dice, 46)
        gaps = np.where(inside, 0.12, 0.9)
        light, height = light * np.where(inside, shade, 0.8), height * np.where(inside, 0.6 + 0.4 * shade, 0.1)
    else:
        light = light * np.exp(0.13 * noise(rng, canvas.shape, 1.5).ravel()[cells])
    stand = ((stands.i * 7 + stands.j * 131) & 1023).astype("uint16")
    canvas.paint(
        cells, "trees", material, second="understory", blend=np.clip(gaps, 0, 0.95), light=light, height=height, stand=stand
    )  # fmt: skip


def crowns(place: Positions, size: float, step: float, dice: Dice, use: int) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Return which cells lie in a tree crown of about `size` metres, and its shading: lit from the upper left, dark at the rim."""
    trees = patches(place, size, dice, use)
    leaf = np.float32(min(0.45, 3.0 * step))
    ragged = dice((place.x / leaf).astype(np.int32), (place.y / leaf).astype(np.int32), use + 4)
    radius = np.float32(size) * (np.float32(0.38) + np.float32(0.25) * dice(trees.i, trees.j, use + 2))
    out = trees.near / radius + np.float32(0.4) * (ragged - np.float32(0.5))
    inside = out < 1.0
    lit = (-trees.dx - trees.dy) / (radius * np.float32(1.41))
    shade = np.float32(1.18) - np.float32(0.4) * out * out + np.float32(0.3) * lit
    return inside, np.clip(shade * (0.85 + 0.3 * dice(trees.i, trees.j, use + 3)) * (0.75 + 0.5 * ragged), 0.25, 1.7).astype(
        "float32"
    )


def scattered_trees(
    canvas: Canvas, cells: Cells, share: Floats | float, setting: Setting, rng: np.random.Generator, dice: Dice
) -> None:
    """Single trees, as in gardens, hedges and parks; `share` is the chance that a possible place for a tree has one."""
    if not cells.size:
        return
    size = float(rng.uniform(6.0, 10.0))
    place = canvas.place(cells)
    trees = patches(place, size, dice, 60)
    inside, shade = crowns(place, size, canvas.step, dice, 60)
    chosen = inside & (dice(trees.i, trees.j, 64) < share)
    broadleaf, conifer = foliage(setting)
    material = np.where(dice(trees.i, trees.j, 65)[chosen] < 0.2, MATERIALS[conifer], MATERIALS[broadleaf]).astype("uint8")
    light = shade[chosen] if canvas.step < CROWNS_SHOW else 1.0
    canvas.paint(cells[chosen], "trees", material, second="understory", blend=0.15, light=light, height=7.0)


def water(canvas: Canvas, cells: Cells, depth: Floats, rng: np.random.Generator, *, shallows: bool = True) -> None:
    """Water of one character, paler and greener towards the shore (`depth`, 0 at the shore and 1 in the middle)."""
    if not cells.size:
        return
    first, second = rng.choice(_WATERS, 2, p=[0.35, 0.22, 0.12, 0.26, 0.05])
    drift = fractal(rng, canvas.shape, max(600.0 / canvas.step, 40.0), octaves=3).ravel()[cells]
    waves = noise(rng, canvas.shape, 3.0).ravel()[cells]
    blend = np.clip(rng.uniform(0.1, 0.6) + 0.25 * drift, 0, 1)
    light = np.exp(rng.uniform(0.02, 0.1) * waves + 0.08 * drift)
    canvas.paint(cells, "water", first, second=second, blend=blend, light=light)
    if shallows and rng.random() < 0.7:
        shore = depth + 0.05 * drift < rng.uniform(0.03, 0.15)
        canvas.paint(cells[shore], second="shallow water", blend=np.clip(0.8 - 3.0 * depth[shore], 0.1, 0.8))


def wetland(canvas: Canvas, cells: Cells, setting: Setting, rng: np.random.Generator) -> None:
    """Reeds and bog with water between."""
    reeds = "dry reeds" if setting.season in {"winter", "autumn"} else "reeds"
    first = reeds if setting.climate != "boreal" or rng.random() < 0.4 else "bog"
    pools = fractal(rng, canvas.shape, max(80.0 / canvas.step, 8.0), octaves=4).ravel()[cells]
    canvas.paint(
        cells, "wetland", first, second="dark water",
        blend=np.clip(0.3 + 0.22 * pools, 0.02, 0.6), light=np.exp(-0.1 * pools), height=1.0,
    )  # fmt: skip


def snow(canvas: Canvas, cells: Cells, rng: np.random.Generator) -> None:
    """Snow with rock showing through."""
    thin = fractal(rng, canvas.shape, max(200.0 / canvas.step, 12.0), octaves=5).ravel()[cells]
    canvas.paint(
        cells, "snow", "snow", second="grey rock",
        blend=np.clip(0.08 + 0.15 * thin, 0, 0.45), light=np.exp(-0.12 - 0.08 * np.abs(thin)),
    )  # fmt: skip
