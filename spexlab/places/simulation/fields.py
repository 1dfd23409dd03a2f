"""Farmland: districts of parcels, each with its crop, its stage and its rows; hedges, tracks and pivot circles."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spexlab.places.simulation.canvas import Canvas, Cells, Floats, Positions, patches
from spexlab.places.simulation.materials import MATERIALS
from spexlab.places.simulation.nature import scattered_trees
from spexlab.places.simulation.noise import Dice, noise
from spexlab.places.simulation.setting import SOILS, Setting, crops

ROWS_SHOW = 0.6
"""Below this cell size (m) crop rows are drawn."""
TRAMLINES_SHOW = 1.6
"""Below this, the wheel tracks of the sprayer."""


def farmland(canvas: Canvas, cells: Cells, setting: Setting, rng: np.random.Generator, dice: Dice) -> None:
    """Paint parcels over the cells."""
    if not cells.size:
        return
    place = canvas.place(cells)
    small = {"tropical": 0.45, "mediterranean": 0.7}.get(setting.climate, 1.0)
    district = patches(place, float(rng.uniform(900.0, 2500.0)), dice, 0)
    if rng.random() < (0.5 if setting.climate in {"tropical", "mediterranean"} else 0.15):
        parcels = _patchwork(place, small * float(rng.uniform(50.0, 160.0)), dice)
    else:
        parcels = _strips(place, district.i, district.j, small, rng, dice)
    _sow(canvas, cells, parcels, setting, rng, dice)
    _verges(canvas, cells, np.minimum(parcels.edge, district.edge), parcels, setting, rng, dice)
    tracks = cells[district.edge < 2.5]
    canvas.paint(tracks, "bare", str(rng.choice(SOILS[setting.climate])), second="old asphalt", blend=float(rng.uniform(0, 0.4)))


@dataclass(frozen=True, eq=False)
class _Parcels:
    """Which parcel each cell belongs to, and where in it the cell lies; metres."""

    i: npt.NDArray[np.int32]
    j: npt.NDArray[np.int32]
    """Address of the parcel, for `Dice`."""
    edge: Floats
    """Distance to the parcel's border."""
    along: Floats
    """Position across the rows of the crop."""
    centre: Floats
    """Distance to the parcel's centre."""
    reach: Floats
    """Radius of the circle that fits into it."""


def _strips(
    place: Positions, di: npt.NDArray[np.int32], dj: npt.NDArray[np.int32], small: float, rng: np.random.Generator, dice: Dice
) -> _Parcels:
    """Long rectangles side by side, turned another way in each district."""
    turned = place.turned(np.float32(np.pi) * dice(di, dj, 2))
    small *= float(np.exp(rng.uniform(-0.5, 0.9)))
    height = np.float32(small) * (np.float32(50.0) + np.float32(rng.uniform(60, 300)) * dice(di, dj, 3))
    row = np.floor(turned.y / height)
    row_id = (row.astype(np.int32) + di * 17 + dj * 91).astype(np.int32)
    length = height * (np.float32(0.7) + np.float32(2.5) * dice(row_id, dj, 4))
    across = turned.x / length + dice(row_id, di, 5)
    column = np.floor(across)
    v, u = turned.y - row * height, (across - column) * length
    edge = np.minimum(np.minimum(v, height - v), np.minimum(u, length - u))
    reach = np.minimum(height, length) / 2
    return _Parcels(row_id, column.astype(np.int32) + dj * 7, edge, v, np.hypot(v - height / 2, u - length / 2), reach)


def _patchwork(place: Positions, size: float, dice: Dice) -> _Parcels:
    """Irregular small parcels that grew over time."""
    cell = patches(place, size, dice, 6)
    angle = np.float32(np.pi) * dice(cell.i, cell.j, 8)
    along = Positions(cell.dx, cell.dy).turned(angle).x
    return _Parcels(cell.i, cell.j, cell.edge, along, cell.near, np.full_like(cell.near, size / 2))


def _sow(canvas: Canvas, cells: Cells, parcels: _Parcels, setting: Setting, rng: np.random.Generator, dice: Dice) -> None:
    """Give each parcel a crop of the season, its density and its own shade."""
    soil = str(rng.choice(SOILS[setting.climate]))
    table = crops(setting)
    bounds = np.cumsum([crop[0] for crop in table]) / sum(crop[0] for crop in table)
    which = np.searchsorted(bounds[:-1], dice(parcels.i, parcels.j, 10)).astype(np.intp)
    first = np.array([MATERIALS[soil if crop[1] == "soil" else crop[1]] for crop in table], dtype="uint8")[which]
    second = np.array([MATERIALS[soil if crop[2] == "soil" else crop[2]] for crop in table], dtype="uint8")[which]
    low, high = (np.array([crop[3][k] for crop in table], dtype="float32")[which] for k in (0, 1))
    patchy, fine = (
        noise(rng, canvas.shape, max(25.0 / canvas.step, 4.0)).ravel()[cells],
        noise(rng, canvas.shape, 2.5).ravel()[cells],
    )
    blend = low + (high - low) * dice(parcels.i, parcels.j, 11) + 0.05 * patchy
    if canvas.step < ROWS_SHOW:
        spacing = np.float32(0.4) + np.float32(0.6) * dice(parcels.i, parcels.j, 12)
        blend = blend + 0.22 * np.sin(np.float32(2 * np.pi) * parcels.along / spacing)
    if canvas.step < TRAMLINES_SHOW:
        blend = np.where(np.mod(parcels.along, 21.0) < 0.6, blend + 0.4, blend)
    light = np.exp(0.16 * (dice(parcels.i, parcels.j, 13) - 0.5) + 0.03 * patchy + 0.03 * fine)
    stand = ((parcels.i * 13 + parcels.j * 151) & 1023).astype("uint16")
    canvas.paint(cells, "cropland", first, second=second, blend=np.clip(blend, 0, 1), light=light, stand=stand, height=0.4)
    if setting.climate == "arid" and rng.random() < 0.5:
        outside = cells[parcels.centre > parcels.reach]
        canvas.paint(outside, "bare", soil, second="dry grass", blend=0.15, light=light[parcels.centre > parcels.reach])


def _verges(
    canvas: Canvas, cells: Cells, edge: Floats, parcels: _Parcels, setting: Setting, rng: np.random.Generator, dice: Dice
) -> None:
    """Grass between parcels, and hedges along some of them."""
    verge = cells[edge < float(rng.uniform(0.3, 1.5))]
    canvas.paint(verge, "low vegetation", "green grass", second="dry grass", blend=float(rng.uniform(0.0, 0.6)))
    hedged = (edge < float(rng.uniform(2.0, 5.0))) & (dice(parcels.i, parcels.j, 14) < rng.uniform(0.0, 0.35))
    scattered_trees(canvas, cells[hedged], float(rng.uniform(0.4, 1.0)), setting, rng, dice)
