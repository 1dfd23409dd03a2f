"""The fine grid that a simulated landscape is painted on, before it is averaged to the sensor's pixels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from spexlab.places.simulation.materials import MATERIALS
from spexlab.places.simulation.noise import Dice
from spexlab.targets import CLASSES

Floats = npt.NDArray[np.float32]
Cells = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Positions:
    """Where some cells lie, in metres from the upper left corner (y downwards)."""

    x: Floats
    y: Floats

    def turned(self, angle: float | Floats) -> "Positions":
        """Return the coordinates in a frame turned by `angle` radians."""
        c, s = np.cos(angle, dtype="float32"), np.sin(angle, dtype="float32")
        return Positions(self.x * c + self.y * s, self.y * c - self.x * s)

    def part(self, chosen: Cells | Mask) -> "Positions":
        """Return some of the cells."""
        return Positions(self.x[chosen], self.y[chosen])


class Canvas:
    """Every cell has a cover class, two materials and the share of the second, light, height and a stand number.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of cells.
    step : float
        Side of a cell in metres.
    """

    def __init__(self, shape: tuple[int, int], step: float) -> None:
        self.shape, self.step = shape, step
        cells = shape[0] * shape[1]
        self.cover = np.full(cells, CLASSES["low vegetation"], dtype="uint8")
        self.first = np.full(cells, MATERIALS["green grass"], dtype="uint8")
        self.second = np.full(cells, MATERIALS["brown soil"], dtype="uint8")
        self.blend = np.zeros(cells, dtype="float32")
        self.light = np.ones(cells, dtype="float32")
        self.height = np.zeros(cells, dtype="float32")
        self.stand = np.zeros(cells, dtype="uint16")
        self._x = (np.arange(shape[1], dtype="float32") + np.float32(0.5)) * np.float32(step)
        self._y = (np.arange(shape[0], dtype="float32") + np.float32(0.5)) * np.float32(step)

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height in metres."""
        return self.shape[1] * self.step, self.shape[0] * self.step

    def place(self, cells: Cells) -> Positions:
        """Return where the cells lie."""
        rows, columns = np.divmod(cells, self.shape[1])
        return Positions(self._x[columns], self._y[rows])

    def paint(
        self,
        cells: Cells,
        cover: str | None = None,
        first: str | npt.NDArray[np.uint8] | None = None,
        **layers: str | float | npt.NDArray[np.generic],
    ) -> None:
        """Paint cells with a class, a material and any other layer: second, blend, light, height or stand."""
        if cover is not None:
            self.cover[cells] = CLASSES[cover]
        if first is not None:
            self.first[cells] = MATERIALS[first] if isinstance(first, str) else first
            self.blend[cells], self.light[cells], self.height[cells] = 0.0, 1.0, 0.0
        for name, value in layers.items():
            getattr(self, name)[cells] = MATERIALS[value] if isinstance(value, str) else value

    def line(self, path: npt.NDArray[np.floating], width: float | npt.NDArray[np.floating]) -> Cells:
        """Return the cells of a line of some width along a path of (x, y) points, all in metres.

        A line thinner than a cell still takes a whole one: a stream does not break up into dots.
        """
        image = Image.new("1", (self.shape[1], self.shape[0]))
        pen = ImageDraw.Draw(image)
        points = np.asarray(path, dtype=float) / self.step
        widths = np.broadcast_to(np.asarray(width, dtype=float) / self.step, len(points))
        for (x0, y0), (x1, y1), w in zip(points[:-1], points[1:], widths[1:], strict=True):
            pen.line((x0, y0, x1, y1), fill=1, width=max(1, round(w)))
            if w > 3:
                pen.ellipse((x1 - w / 2, y1 - w / 2, x1 + w / 2, y1 + w / 2), fill=1)
        return np.flatnonzero(np.asarray(image))


@dataclass(frozen=True, eq=False)
class Patches:
    """An irregular tiling: the cells nearest to one of many scattered points belong together."""

    i: npt.NDArray[np.int32]
    j: npt.NDArray[np.int32]
    """Address of the patch, for `Dice`."""
    dx: Floats
    dy: Floats
    """Offset from the patch's point, metres."""
    near: Floats
    """Distance to it, metres."""
    edge: Floats
    """Distance to the border with the next patch, metres, about."""


def patches(place: Positions, size: float, dice: Dice, use: int) -> Patches:
    """Tile the plane into Voronoi cells of about `size` metres around jittered grid points."""
    gx, gy = place.x / np.float32(size), place.y / np.float32(size)
    i0, j0 = np.floor(gx - 0.5).astype(np.int32), np.floor(gy - 0.5).astype(np.int32)
    best = np.full(gx.shape, np.inf, dtype="float32")
    second = best.copy()
    i, j = i0.copy(), j0.copy()
    dx, dy = np.zeros_like(gx), np.zeros_like(gy)
    for di in (0, 1):
        for dj in (0, 1):
            ci, cj = i0 + np.int32(di), j0 + np.int32(dj)
            ex = gx - ci - (np.float32(0.2) + np.float32(0.6) * dice(ci, cj, use))
            ey = gy - cj - (np.float32(0.2) + np.float32(0.6) * dice(ci, cj, use + 1))
            distance = ex * ex + ey * ey
            closer = distance < best
            second = np.where(closer, best, np.minimum(second, distance))
            best = np.where(closer, distance, best)
            i, j = np.where(closer, ci, i), np.where(closer, cj, j)
            dx, dy = np.where(closer, ex, dx), np.where(closer, ey, dy)
    near = np.sqrt(best) * np.float32(size)
    edge = (np.sqrt(second) * np.float32(size) - near) / np.float32(2.0)
    return Patches(i, j, dx * np.float32(size), dy * np.float32(size), near, edge)
