"""Where on the map the pointer is, which way is north, and whether the basemap comes: told by the page, without the kernel."""

from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import rasterio.warp
import traitlets as T
import xarray as xr
from numpy.typing import NDArray
from pyproj import CRS

from spexlab.scene.grid import crs_of, transform_of
from widgets.map.geometry import Corners
from widgets.map.mercator import extent_of, plane_of, turned

KNOTS = 33
"""Places a side at which pixel and map are tied; between them the page interpolates, to less than a pixel of a Sentinel-2 tile."""


class Bearings(anywidget.AnyWidget):
    """A line over the map's foot: longitude, latitude and pixel under the pointer, and north where there is one."""

    _esm = Path(__file__).with_name("bearings.js")

    map_id = T.Unicode(help="Model of the ipyleaflet map that is watched.").tag(sync=True)
    plain = T.Bool(help="Whether the map counts pixels, having no longitude and latitude.").tag(sync=True)
    plane = T.List(T.Float(), help="Left, bottom, right and top of the scene on the map's plane.").tag(sync=True)
    columns = T.List(T.Float(), help="Column, with its fraction, at each knot, row by row.").tag(sync=True)
    rows = T.List(T.Float(), help="Row at each knot.").tag(sync=True)
    shape = T.List(T.Int(), help="Rows and columns of the scene.").tag(sync=True)

    def watch(self, leaflet: Any, scene: xr.DataArray, *, bounds: Corners) -> None:
        """Watch another map.

        Parameters
        ----------
        leaflet : ipyleaflet.Map
            The map.
        scene : xr.DataArray
            The scene (band, y, x) that lies on it.
        bounds : Corners
            Where it lies.
        """
        plane, columns, rows = knots(scene, bounds=bounds)
        with self.hold_sync():
            self.plane, self.columns, self.rows = list(plane), columns.ravel().tolist(), rows.ravel().tolist()
            self.shape, self.plain = [scene.sizes["y"], scene.sizes["x"]], crs_of(scene) is None
            self.map_id = leaflet.model_id or ""

    def watch_place(self, leaflet: Any) -> None:
        """Watch a map without a scene: longitude and latitude, and no pixels."""
        with self.hold_sync():
            self.plane, self.columns, self.rows, self.shape, self.plain = [], [], [], [], False
            self.map_id = leaflet.model_id or ""


def knots(scene: xr.DataArray, *, bounds: Corners) -> tuple[tuple[float, float, float, float], np.ndarray, np.ndarray]:
    """Left, bottom, right and top on the map's plane, and column and row (n, n) at places spread evenly over it."""
    (south, west), (north, east) = bounds
    crs, place = crs_of(scene), transform_of(scene)
    left, bottom, right, top = (west, south, east, north) if crs is None else extent_of(bounds)
    across, down = (values.ravel() for values in np.meshgrid(np.linspace(left, right, KNOTS), np.linspace(top, bottom, KNOTS)))
    x, y = (across, -down) if crs is None else _in_crs(across, down, crs, bounds)
    columns, rows = ~place * (x, y)
    # The page's plane has its middle at Greenwich, that of a place its own.
    aside = 0.0 if crs is None else (right - left) * (west + east) / 2 / (east - west)
    plane = (left + aside, bottom, right + aside, top)
    return plane, np.reshape(columns, (KNOTS, KNOTS)), np.reshape(rows, (KNOTS, KNOTS))


def _in_crs(x: NDArray[np.floating], y: NDArray[np.floating], crs: CRS, bounds: Corners) -> tuple[NDArray[np.floating], ...]:
    """Points of the plane of a place in a raster's CRS."""
    east, north = (np.asarray(values) for values in rasterio.warp.transform(plane_of(bounds), crs, x, y))
    return (turned(east, bounds) if crs.is_geographic else east), north
