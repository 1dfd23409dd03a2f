"""Small pictures for pages: a scene with masks over it, or an agreement map, undistorted on the ground."""

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import xarray as xr
from PIL import Image, ImageColor
from skimage.segmentation import find_boundaries

from spexlab.scene.drawing import aspect, picture, thinned
from widgets.map.overlay import BACKGROUND, data_url

AGREEMENT_COLOURS = "cividis"
_LONGEST = 480  # a picture is shown about a third of the page wide, at twice the screen's pixels at most
_FILL, _VEIL = 0.6, 0.6


class Thumbnails:
    """Pictures of one part of a scene.

    Parameters
    ----------
    scene : xr.DataArray
        Reflectance (band, y, x), cut to what is shown.
    """

    def __init__(self, scene: xr.DataArray) -> None:
        small, self._step = thinned(scene, longest=_LONGEST)
        self._base = picture(small)[0]
        height, width = self._base.shape[:2]
        self.ratio = width / (height * aspect(scene))
        """Width over height, on the ground."""

    def plain(self) -> str:
        """The scene alone, as a data URL."""
        return data_url(Image.fromarray(self._base), "JPEG", quality=88)

    def masked(self, masks: Mapping[str, np.ndarray], *, seen: np.ndarray) -> str:
        """The scene under masks.

        Parameters
        ----------
        masks : mapping
            Hex colour -> mask (H, W) on the whole grid.
        seen : (H, W) bool array
            Where was looked; the rest is made pale.
        """
        canvas = self._base.astype("float32")
        hidden = ~self._thin(seen)
        canvas[hidden] = (1 - _VEIL) * canvas[hidden] + _VEIL * 255
        for colour, mask in masks.items():
            inside = self._thin(mask)
            paint = np.array(ImageColor.getrgb(colour))
            canvas[inside] = (1 - _FILL) * canvas[inside] + _FILL * paint
            canvas[find_boundaries(inside, mode="inner")] = (paint + 255) / 2
        return data_url(Image.fromarray(canvas.astype("uint8")), "JPEG", quality=88)

    def shared(self, agreement: np.ndarray) -> str:
        """An agreement map (H, W), 0-1, NaN = unknown, as a data URL."""
        values = self._thin(agreement)
        colours = mpl.colormaps[AGREEMENT_COLOURS](np.nan_to_num(values), bytes=True)[..., :3]
        painted = np.where(np.isfinite(values)[..., None], colours, np.array(BACKGROUND, "uint8"))
        return data_url(Image.fromarray(painted.astype("uint8")), "PNG", compress_level=1)

    def _thin(self, layer: np.ndarray) -> np.ndarray:
        return layer[:: self._step, :: self._step]
