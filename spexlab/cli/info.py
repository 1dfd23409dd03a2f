"""`spexlab info`: what a scene is."""

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from spexlab.cli.scenes import (
    BandsOption,
    JsonOption,
    MaskOption,
    NodataOption,
    OffsetOption,
    PixelSizeOption,
    ScaleOption,
    SceneArgument,
    SensorOption,
    open_source,
)

if TYPE_CHECKING:
    import xarray as xr
    from affine import Affine


def info(  # noqa: PLR0913 - the options of a command
    scene: SceneArgument,
    *,
    sensor: SensorOption = None,
    bands: BandsOption = None,
    scale: ScaleOption = None,
    offset: OffsetOption = None,
    nodata: NodataOption = None,
    mask: MaskOption = None,
    pixel_size: PixelSizeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a scene is: bands, radiometry, place, and the indices it allows."""
    numbers: dict[str, Any] = {"scale": scale, "offset": offset, "nodata": nodata, "mask": mask, "pixel_size": pixel_size}
    facts = _facts(open_source(scene, sensor=sensor, bands=bands, **numbers))
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
    from spexlab.scene.grid import crs_of, transform_of
    from spexlab.scene.ground import ground_cell

    crs, cell = crs_of(scene), ground_cell(scene)
    return {
        "title": scene.attrs["title"],
        "source": scene.attrs["source"],
        "sensor": scene.attrs["sensor"],
        "date": scene.attrs["date"],
        "simulated": bool(scene.attrs["simulated"]),
        "height": scene.sizes["y"],
        "width": scene.sizes["x"],
        "crs": crs.to_string() if crs is not None else None,
        "bounds": _edges(transform_of(scene), scene.sizes["y"], scene.sizes["x"]),
        "pixel_size_m": pixel_size(scene),
        "pixel_area_m2": None if cell is None else cell[0] * cell[1],
        "bands": [
            {"name": str(name), "wavelength_nm": float(nm)}
            for name, nm in zip(scene["band"].values, scene["wavelength"].values, strict=True)
        ],
        "radiometry": scene.attrs["radiometry"],
        "radiometry_assumed": bool(scene.attrs["radiometry_assumed"]),
        "notes": scene.attrs["notes"],
        "indices": available_indices(scene),
    }


def _edges(transform: "Affine", rows: int, columns: int) -> list[float]:
    """Left, bottom, right and top of the outermost pixels."""
    x = transform.c, transform.c + columns * transform.a
    y = transform.f, transform.f + rows * transform.e
    return [min(x), min(y), max(x), max(y)]


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
