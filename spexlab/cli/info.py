"""`spexlab info`: what a scene is."""

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from spexlab.cli.scenes import BandsOption, JsonOption, SceneArgument, SensorOption, open_source

if TYPE_CHECKING:
    import xarray as xr


def info(scene: SceneArgument, *, sensor: SensorOption = None, bands: BandsOption = None, as_json: JsonOption = False) -> None:
    """Say what a scene is: bands, radiometry, place, and the indices it allows."""
    facts = _facts(open_source(scene, sensor=sensor, bands=bands))
    if as_json:
        print(json.dumps(facts, allow_nan=False))
        return
    table = Table(show_header=False, box=None)
    for name, value in facts.items():
        table.add_row(Text(name.replace("_", " "), style="bold"), Text(_readable(name, value)))
    Console().print(table)


def _facts(scene: "xr.DataArray") -> dict[str, Any]:
    from spexlab.evidence.prior import available_indices
    from spexlab.scene import pixel_size
    from spexlab.scene.grid import crs_of
    from spexlab.scene.ground import pixel_areas

    crs, areas = crs_of(scene), pixel_areas(scene)
    y, x = scene["y"].values, scene["x"].values
    return {
        "title": scene.attrs["title"],
        "source": scene.attrs["source"],
        "sensor": scene.attrs["sensor"],
        "date": scene.attrs["date"],
        "simulated": bool(scene.attrs["simulated"]),
        "height": scene.sizes["y"],
        "width": scene.sizes["x"],
        "crs": crs.to_string() if crs is not None else None,
        "bounds": [float(value) for value in (x.min(), y.min(), x.max(), y.max())],
        "pixel_size_m": pixel_size(scene),
        "pixel_area_m2": None if areas is None else float(areas.mean(dtype=float)),
        "bands": [
            {"name": str(name), "wavelength_nm": float(nm)}
            for name, nm in zip(scene["band"].values, scene["wavelength"].values, strict=True)
        ],
        "radiometry": scene.attrs["radiometry"],
        "radiometry_assumed": bool(scene.attrs["radiometry_assumed"]),
        "indices": available_indices(scene),
    }


def _readable(name: str, value: Any) -> str:
    if value is None:
        return "none" if name == "crs" else "unknown"
    if name == "bands":
        return ", ".join(f"{band['name']} {band['wavelength_nm']:g} nm" for band in value)
    if isinstance(value, list):
        return ", ".join(f"{item:.6g}" if isinstance(item, float) else str(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
