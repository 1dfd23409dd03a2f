"""What every figure of a scene shares: its picture, masks laid over it, a scale bar. Undistorted on the ground."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from pyproj import CRS

from spexlab.scene.composite import rgb
from spexlab.scene.grid import crs_of, to_degrees, transform_of
from spexlab.scene.ground import ground_cell

LONGEST_SIDE = 1200
"""Pixels drawn along the longer side: more than a column of a journal prints."""
FILL = 0.4
"""Opacity of a mask."""


def thinned(scene: xr.DataArray, *, longest: int = LONGEST_SIDE) -> tuple[xr.DataArray, int]:
    """Keep every n-th row and column, so that no side is longer than `longest`; the thinned scene (band, y, x) and n."""
    step = -(-max(scene.sizes["y"], scene.sizes["x"]) // longest)
    return scene.isel(y=slice(None, None, step), x=slice(None, None, step)).compute(), step


def picture(scene: xr.DataArray) -> tuple[NDArray[np.uint8], str]:
    """Render a scene (H, W, 3) in the best colours its bands allow, and say what they are; one grey band if there is no more."""
    for composite in ("true colour", "false colour"):
        try:
            return rgb(scene, composite=composite), composite
        except ValueError:
            continue
    band = scene.isel(band=0)
    low, high = np.nanpercentile(band.values, (2, 98))
    grey = np.nan_to_num(np.clip((band.values - low) / max(high - low, 1e-6), 0, 1)) * 255
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2), f"{scene['band'].values[0]} band"


def aspect(scene: xr.DataArray) -> float:
    """Height of a pixel over its width, on the ground."""
    cell = ground_cell(scene)
    return cell[1] / cell[0] if cell else 1.0


def show(axes: Axes, image: NDArray[np.uint8], ratio: float) -> None:
    """Draw a picture (H, W, 3) without a frame; `ratio` is the scene's `aspect`."""
    axes.imshow(image, interpolation="nearest", aspect=ratio)
    axes.set_axis_off()


def lay(axes: Axes, mask: NDArray[np.bool_], colour: str, ratio: float, *, fill: float = FILL) -> None:
    """Lay a mask (H, W) over a picture: a transparent fill, and an outline thinner than a pixel."""
    layer = np.zeros((*mask.shape, 4), dtype=np.float32)
    layer[mask] = to_rgba(colour, fill)
    axes.imshow(layer, interpolation="nearest", aspect=ratio)
    if mask.any() and not mask.all() and min(mask.shape) > 1:
        axes.contour(mask, levels=[0.5], colors=[colour], linewidths=0.6)


def veil(axes: Axes, unknown: NDArray[np.bool_], ratio: float) -> None:
    """Make pale where nobody looked (H, W): outside the area, and where there is no data."""
    layer = np.ones((*unknown.shape, 4), dtype=np.float32)
    layer[..., 3] = 0.65 * unknown
    axes.imshow(layer, interpolation="nearest", aspect=ratio)


def title(axes: Axes, words: str, *, size: float = 9) -> None:
    """Head a picture with a file's or a person's words, which are no mathematics: a dollar sign must not start a formula."""
    axes.set_title(words[:1].upper() + words[1:], fontsize=size, parse_math=False)


def scale_bar(axes: Axes, scene: xr.DataArray, *, step: int) -> None:
    """Draw a bar of a round length, about a quarter of the width, onto a scene thinned by `step`, if the ground is known."""
    cell = ground_cell(scene)
    if crs_of(scene) is None or cell is None:
        return
    columns, rows = len(range(0, scene.sizes["x"], step)), len(range(0, scene.sizes["y"], step))
    metres = round_length(columns * cell[0] * step / 4)
    length = metres / (cell[0] * step)
    left, bottom, thick = 0.04 * columns, 0.95 * rows, 0.012 * rows
    axes.add_patch(Rectangle((left - thick, bottom - 5 * thick), length + 2 * thick, 6.5 * thick, color="black", alpha=0.45, lw=0))
    axes.add_patch(Rectangle((left, bottom - thick), length, thick, color="white", lw=0))
    label = f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"
    axes.text(left + length / 2, bottom - 1.5 * thick, label, color="white", fontsize=7, ha="center", va="bottom")


def north_arrow(axes: Axes, scene: xr.DataArray, *, step: int) -> None:
    """Point to true north from the lower right corner of a scene thinned by `step`, if its place is known."""
    crs = crs_of(scene)
    if crs is None:
        return
    columns, rows = len(range(0, scene.sizes["x"], step)), len(range(0, scene.sizes["y"], step))
    across, down = _northwards(scene, crs)
    length = 0.09 * min(columns, rows)
    x, y = columns - 1.6 * length, rows - 1.6 * length
    arrow = {"arrowstyle": "-|>", "color": "white", "lw": 1.2, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 7}
    axes.add_patch(Rectangle((x - length, y - length), 2 * length, 2 * length, color="black", alpha=0.45, lw=0))
    tip, end = (x + 0.8 * length * across, y + 0.8 * length * down), (x - 0.6 * length * across, y - 0.6 * length * down)
    axes.annotate("", tip, end, arrowprops=arrow)
    axes.text(x - 0.75 * length, y + 0.75 * length, "N", color="white", fontsize=6, ha="center", va="center")


def _northwards(scene: xr.DataArray, crs: CRS) -> tuple[float, float]:
    """The direction of true north from the centre of a scene, in pixels to the right and down, of length one."""
    place, degrees = transform_of(scene), to_degrees(crs)
    x, y = place @ (scene.sizes["x"] / 2, scene.sizes["y"] / 2)
    lon, lat = degrees.transform(x, y)
    further = degrees.transform(lon, min(lat + 1e-4, 90.0), direction="INVERSE")
    across, down = np.subtract(~place @ further, (scene.sizes["x"] / 2, scene.sizes["y"] / 2))
    length = max(float(np.hypot(across, down)), 1e-12)
    return float(across / length), float(down / length)


def round_length(metres: float) -> float:
    """Return the largest of 1, 2, 5 x 10^n that is not longer.

    >>> round_length(1280.0)
    1000.0
    """
    power = 10.0 ** np.floor(np.log10(metres))
    return float(max(factor for factor in (1.0, 2.0, 5.0) if factor * power <= metres) * power)
