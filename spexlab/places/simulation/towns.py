"""Settlements: districts of one style, streets in a turned grid, lots with houses, gardens and yards; courtyards, halls, huts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spexlab.places.simulation.canvas import Canvas, Cells, Floats, Mask, Patches, Positions, patches
from spexlab.places.simulation.materials import MATERIALS
from spexlab.places.simulation.nature import scattered_trees
from spexlab.places.simulation.noise import Dice, noise
from spexlab.places.simulation.setting import ROOFS, SOILS, Setting, Style

CARS_SHOW = 0.8
"""Below this cell size (m) cars are drawn."""
ROOFS_SHOW = 1.6
"""Below this, the lit and the shaded side of a roof."""


@dataclass(frozen=True)
class Plan:
    """How a style of settlement is laid out; metres."""

    block: tuple[float, float]
    """Range of the side of a block along the street; across, it holds two rows of lots."""
    depth: tuple[float, float]
    """Range of the depth of a lot."""
    lot: tuple[float, float]
    """Range of the width of a lot."""
    street: tuple[float, float]
    """Range of the half width of a street."""
    built: tuple[float, float]
    """Range of the share of lots with a building."""
    cover: tuple[float, float]
    """Range of the share of a lot's width that the building takes."""
    height: tuple[float, float]
    trees: float
    """Chance that a possible place for a tree has one."""
    turn: float
    """How far a building may be turned against its street, radians."""


PLANS: dict[Style, Plan] = {
    "houses": Plan((90, 200), (22, 36), (14, 26), (3.2, 5.5), (0.7, 0.97), (0.42, 0.75), (5, 9), 0.3, 0.12),
    "blocks": Plan((60, 140), (24, 50), (14, 24), (5.0, 9.0), (0.85, 1.0), (0.9, 1.0), (10, 22), 0.12, 0.0),
    "industry": Plan((140, 320), (50, 110), (60, 130), (5.0, 9.0), (0.6, 0.9), (0.5, 0.85), (6, 12), 0.04, 0.0),
    "informal": Plan((50, 110), (14, 24), (7, 13), (1.5, 3.5), (0.75, 0.98), (0.55, 0.9), (3, 5), 0.16, 0.3),
}


def town(canvas: Canvas, cells: Cells, setting: Setting, rng: np.random.Generator, dice: Dice) -> None:
    """Build over the cells, district by district."""
    if not cells.size:
        return
    place = canvas.place(cells)
    warp = np.float32(rng.uniform(0.0, 14.0)) * noise(rng, canvas.shape, 220.0 / canvas.step)
    place = Positions(place.x + warp.ravel()[cells], place.y + np.float32(0.7) * warp.ravel()[cells])
    quarter = patches(place, float(rng.uniform(280.0, 600.0)), dice, 20)
    pick = (dice(quarter.i, quarter.j, 22) * len(setting.styles)).astype(int).clip(0, len(setting.styles) - 1)
    for style in dict.fromkeys(setting.styles):
        here = np.flatnonzero(np.isin(pick, [k for k, s in enumerate(setting.styles) if s == style]))
        if here.size:
            part = Patches(*(getattr(quarter, name)[here] for name in ("i", "j", "dx", "dy", "near", "edge")))
            _quarter(canvas, cells[here], place.part(here), part, style, setting, rng, dice)
    avenue = cells[quarter.edge < float(rng.uniform(4.0, 9.0))]
    canvas.paint(avenue, "impervious", "asphalt", second="old asphalt", blend=float(rng.uniform(0, 0.8)))


@dataclass(frozen=True, eq=False)
class _Lots:
    """Where in its block and lot each cell lies; metres."""

    block: npt.NDArray[np.int32]
    row: npt.NDArray[np.int32]
    lot: npt.NDArray[np.int32]
    to_street: Floats
    """Distance from the middle of the nearest street."""
    aside: Floats
    """Position along the street from the lot's middle."""
    behind: Floats
    """Distance behind the front of the lot."""
    width: float
    depth: float
    street: float


def _lots(place: Positions, quarter: Patches, plan: Plan, rng: np.random.Generator, dice: Dice) -> _Lots:
    turned = place.turned(np.float32(np.pi / 2) * dice(quarter.i, quarter.j, 23))
    street = float(rng.uniform(*plan.street))
    depth, width = float(rng.uniform(*plan.depth)), float(rng.uniform(*plan.lot))
    length = max(1.0, round(float(rng.uniform(*plan.block)) / width)) * width + 2 * street
    across = 2 * depth + 2 * street
    i, j = np.floor(turned.x / np.float32(length)), np.floor(turned.y / np.float32(across))
    u, v = turned.x - i * np.float32(length), turned.y - j * np.float32(across)
    to_street = np.minimum(np.minimum(u, length - u), np.minimum(v, across - v))
    upper = v > across / 2
    behind = np.where(upper, across - v, v) - np.float32(street)
    k = np.floor((u - street) / np.float32(width))
    aside = u - street - (k + np.float32(0.5)) * np.float32(width)
    block = (i * 37 + quarter.i * 5 + quarter.j * 113).astype(np.int32)
    row = (j * 2 + upper).astype(np.int32)
    return _Lots(block, row, (k + i * 11).astype(np.int32), to_street.astype("float32"), aside, behind, width, depth, street)


def _quarter(
    canvas: Canvas,
    cells: Cells,
    place: Positions,
    quarter: Patches,
    style: Style,
    setting: Setting,
    rng: np.random.Generator,
    dice: Dice,
) -> None:
    """Lay out one style: ground, streets, buildings, trees, cars, in the order in which they cover each other."""
    plan = PLANS[style]
    lots = _lots(place, quarter, plan, rng, dice)
    block_row = (lots.row >> 1).astype(np.int32)
    green = dice(lots.block, block_row, 24) < (0.08 if style != "industry" else 0.03)
    _ground(canvas, cells, lots, style, green, setting, rng, dice)
    leafy = float(rng.uniform(0.3, 1.6)) * (0.4 if setting.climate == "arid" else 1.0)
    share = np.where(green, np.float32(0.55), np.float32(plan.trees)) * np.float32(leafy)
    scattered_trees(canvas, cells, share, setting, rng, dice)
    _streets(canvas, cells, lots, style, setting, rng)
    free = ~green & (lots.to_street > lots.street)
    _buildings(canvas, cells, lots, style, free, setting, rng, dice)
    if canvas.step < CARS_SHOW and style != "informal":
        _cars(canvas, cells, lots, place, dice)


def _ground(
    canvas: Canvas, cells: Cells, lots: _Lots, style: Style, green: Mask, setting: Setting, rng: np.random.Generator, dice: Dice
) -> None:
    """Gardens, yards and courts between the buildings: grass, bare earth or paving, lot by lot."""
    kind = dice(lots.lot, lots.row, 25)
    bounds = {"houses": (0.82, 0.92), "blocks": (0.4, 0.45), "industry": (0.15, 0.35), "informal": (0.2, 0.85)}[style]
    if setting.climate in {"arid", "tropical"}:
        bounds = (bounds[0] * 0.5, max(bounds[1], 0.85 if style != "industry" else 0.5))
    lawn = green | (kind < bounds[0])
    earth = ~lawn & (kind < bounds[1])
    paved = ~lawn & ~earth
    texture = np.exp(0.08 * noise(rng, canvas.shape, 3.0).ravel()[cells])
    dry = np.clip(0.15 + 0.5 * dice(lots.lot, lots.row, 26) + (0.3 if setting.climate in {"arid", "mediterranean"} else 0.0), 0, 1)
    canvas.paint(cells[lawn], "low vegetation", "green grass", second="dry grass", blend=dry[lawn], light=texture[lawn])
    soil = str(rng.choice(SOILS[setting.climate]))
    canvas.paint(cells[earth], "bare", soil, second="dry grass", blend=0.2 * dry[earth], light=texture[earth])
    yard = "concrete" if style in {"industry", "blocks"} else "paving"
    worn = dice(lots.lot, lots.row, 27)[paved]
    canvas.paint(cells[paved], "impervious", yard, second="asphalt", blend=worn, light=texture[paved] ** 0.6)


def _streets(canvas: Canvas, cells: Cells, lots: _Lots, style: Style, setting: Setting, rng: np.random.Generator) -> None:
    """Carriageway and pavement; earth tracks in informal quarters. A tree may lean over the pavement, never over the middle."""
    if style == "informal" and rng.random() < 0.7:
        track = cells[lots.to_street < lots.street]
        canvas.paint(track, "bare", str(rng.choice(SOILS[setting.climate])), second="paving", blend=float(rng.uniform(0, 0.4)))
        return
    pavement = (lots.to_street < lots.street) & (canvas.height[cells] < 2.0)
    canvas.paint(cells[pavement], "impervious", str(rng.choice(["paving", "concrete"])), second="asphalt", blend=0.2)
    carriageway = lots.to_street < max(lots.street - 1.8, 0.55 * lots.street)
    wear = np.exp(0.05 * noise(rng, canvas.shape, 4.0).ravel()[cells[carriageway]])
    canvas.paint(
        cells[carriageway], "impervious", "asphalt", second="old asphalt", blend=float(rng.uniform(0, 1)), light=wear
    )  # fmt: skip
    if canvas.step < 0.35:
        dashes = lots.to_street < 0.12
        canvas.paint(cells[dashes], "impervious", "white roof", second="asphalt", blend=0.4)


def _buildings(
    canvas: Canvas, cells: Cells, lots: _Lots, style: Style, free: Mask, setting: Setting, rng: np.random.Generator, dice: Dice
) -> None:
    plan = PLANS[style]
    inside, slope = _courtyard(lots, dice) if style == "blocks" else _detached(lots, plan, dice)
    built = free & inside & (dice(lots.lot, lots.row, 30) < rng.uniform(*plan.built))
    palette = ROOFS.get(style, ROOFS[setting.climate])
    codes = np.array([MATERIALS[name] for name in rng.permutation(palette)], dtype="uint8")
    # Neighbours like the same roof: a power of the dice favours the first of the shuffled palette.
    roof = codes[(dice(lots.lot, lots.row, 31)[built] ** 1.5 * len(codes)).astype(int).clip(0, len(codes) - 1)]
    light = np.exp(0.45 * (dice(lots.lot, lots.row, 32)[built] - 0.5) + 0.02 * noise(rng, canvas.shape, 2.0).ravel()[cells[built]])
    if canvas.step < ROOFS_SHOW and style in {"houses", "informal"}:
        light = light * (1.0 + 0.14 * np.sign(slope[built]))
    low, high = plan.height
    height = low + (high - low) * dice(lots.lot, lots.row, 33)[built]
    canvas.paint(cells[built], "buildings", roof, second="bitumen", blend=0.04, light=light, height=height)
    if canvas.step < ROOFS_SHOW:
        clutter = built & (noise(rng, canvas.shape, 4.0 + 1.0 / canvas.step).ravel()[cells] > 1.9)
        canvas.light[cells[clutter]] *= 0.7


def _detached(lots: _Lots, plan: Plan, dice: Dice) -> tuple[Mask, Floats]:
    """Rectangles and L-shapes with a front yard, each turned a little its own way. Also which side of the ridge a cell is on."""
    d = [dice(lots.lot, lots.row, use) for use in range(34, 40)]
    low, high = plan.cover
    half_width = np.float32(0.5 * lots.width) * (np.float32(low) + np.float32(high - low) * d[0])
    half_depth = np.minimum(half_width * (0.55 + 0.6 * d[1]), np.float32(0.42 * lots.depth))
    setback = np.float32(lots.depth) * (np.float32(0.08) + np.float32(0.3) * d[2])
    aside = lots.aside - (d[3] - np.float32(0.5)) * (np.float32(lots.width) - 2 * half_width)
    behind = lots.behind - setback - half_depth
    turned = Positions(aside, behind).turned(np.float32(2 * plan.turn) * (d[4] - np.float32(0.5)))
    body = (np.abs(turned.x) < half_width) & (np.abs(turned.y) < half_depth)
    wing = (
        (np.abs(turned.x - half_width * 0.5) < half_width * 0.45)
        & (np.abs(turned.y - half_depth) < half_depth * 0.7)
        & (d[5] < 0.4)
    )
    shed = (
        (np.abs(lots.aside + np.float32(0.3 * lots.width)) < 1.8)
        & (np.abs(lots.behind - np.float32(0.85 * lots.depth)) < 2.2)
        & (d[5] > 0.65)
        & (lots.width > 10.0)
    )
    return body | wing | shed, turned.y


def _courtyard(lots: _Lots, dice: Dice) -> tuple[Mask, Floats]:
    """Closed street fronts around a court, with some wings into it."""
    front = lots.to_street - np.float32(lots.street)
    depth = np.float32(10.0) + np.float32(6.0) * dice(lots.block, lots.row, 34)
    wing = (dice(lots.lot, lots.row, 35) < 0.35) & (np.abs(lots.aside) < 0.25 * lots.width)
    return ((front < depth) | wing) & (front > 0), front - depth * np.float32(0.5)


def _cars(canvas: Canvas, cells: Cells, lots: _Lots, place: Positions, dice: Dice) -> None:
    """Parked along the kerbs and on yards."""
    asphalt = np.isin(canvas.first[cells], [MATERIALS["asphalt"], MATERIALS["old asphalt"], MATERIALS["concrete"]])
    kerb = asphalt & (canvas.height[cells] == 0) & (lots.to_street > max(lots.street - 3.8, 0.8))
    here = np.flatnonzero(kerb)
    spot = patches(place.part(here), 6.0, dice, 50)
    along = Positions(spot.dx, spot.dy).turned(np.float32(np.pi / 2) * np.round(2 * dice(spot.i, spot.j, 52)))
    car = (np.abs(along.x) < 2.1) & (np.abs(along.y) < 0.9) & (dice(spot.i, spot.j, 53) < 0.45)
    paint = np.array([MATERIALS["car white"], MATERIALS["car dark"], MATERIALS["car dark"], MATERIALS["car red"]], dtype="uint8")
    colour = paint[(dice(spot.i, spot.j, 54)[car] * 4).astype(int).clip(0, 3)]
    canvas.paint(cells[here[car]], "impervious", colour, light=0.6 + 0.8 * dice(spot.i, spot.j, 55)[car], height=1.5)
