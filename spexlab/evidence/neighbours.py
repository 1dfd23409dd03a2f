"""How far pixels are from what lies near them: metres on the ground, or pixels, between the edges of pixels."""

import math
from collections.abc import Iterator

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import ndimage

from spexlab.evidence.limits import NEXT_TO, Near
from spexlab.scene.ground import ground_cell
from spexlab.scene.kind import pixel_size

_BLOCK = 512
"""Side in pixels of what is measured with one size of a pixel, at least: degrees get narrower towards the poles."""


def gaps(neighbour: NDArray[np.bool_], scene: xr.DataArray, *, near: Near) -> NDArray[np.float32]:
    """Return (H, W) how wide the gap is between each pixel and the nearest one of a neighbour; beyond `near.metres`, infinity.

    Pixels that touch, be it at a corner, have none between them. Distances are those on the WGS 84 ellipsoid: the scene is measured
    in blocks, each with the size on the ground of its own pixels, so that degrees and stretched projections come out right. Of
    what is next to each other, gaps are counted in pixels.

    Parameters
    ----------
    neighbour : (H, W) bool array
        Where the other target is.
    scene : xarray.DataArray
        On the same grid.
    near : Near
        The condition that is to be kept.

    Raises
    ------
    ValueError
        If metres are asked for and the size of a pixel is unknown.
    """
    touching = ndimage.binary_dilation(neighbour, structure=np.ones((3, 3)))
    found = np.full(neighbour.shape, np.inf, dtype=np.float32)
    for rows, columns in _blocks(touching.shape, _reach(scene, near)):
        (top, bottom), (left, right) = rows, columns
        margin = _reach(scene, near)
        above, before = max(0, top - margin), max(0, left - margin)
        seen = touching[above : bottom + margin, before : right + margin]
        if seen.any():
            cell = _cell(scene.isel(y=slice(top, bottom), x=slice(left, right)), near)
            far = ndimage.distance_transform_edt(~seen, sampling=cell)
            found[top:bottom, left:right] = far[top - above : bottom - above, left - before : right - before]
    found[found > _farthest(near)] = np.inf
    return found


def _blocks(shape: tuple[int, ...], reach: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Rows and columns of blocks that are no smaller than what is read around them."""
    side = max(_BLOCK, reach)
    for top in range(0, shape[0], side):
        for left in range(0, shape[1], side):
            yield (top, min(top + side, shape[0])), (left, min(left + side, shape[1]))


def _farthest(near: Near) -> float:
    return NEXT_TO if near.metres is None else near.metres


def _reach(scene: xr.DataArray, near: Near) -> int:
    """Pixels within which a neighbour can be near enough; half as many more where pixels get narrower within the scene."""
    return math.ceil(1.5 * _farthest(near) / min(_cell(scene, near))) + 2


def _cell(scene: xr.DataArray, near: Near) -> tuple[float, float]:
    """Height and width of a scene's middle pixel, in what gaps are measured in."""
    if near.metres is None:
        return 1.0, 1.0
    size = pixel_size(scene)
    width, height = ground_cell(scene) or (size, size)
    if width is None or height is None:
        raise ValueError("a distance in metres needs the size of a pixel, which is unknown; open the scene with `pixel_size`.")
    return height, width
