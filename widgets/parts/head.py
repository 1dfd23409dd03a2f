"""Which scene is looked at."""

import ipywidgets as W
import xarray as xr

from widgets.parts.report import scene_html
from widgets.parts.style import styled


class Head(W.HTML):
    """Title, facts and radiometry of a scene.

    Parameters
    ----------
    scene : xr.DataArray
        Reflectance (band, y, x).
    """

    def __init__(self, scene: xr.DataArray) -> None:
        super().__init__()
        styled(self, "spx-head")
        self.show(scene)

    def show(self, scene: xr.DataArray) -> None:
        """Show another scene."""
        height, width = scene.shape[-2:]
        self.value = scene_html(scene.attrs, height=height, width=width)
