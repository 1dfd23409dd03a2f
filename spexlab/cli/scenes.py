"""The options that name a scene, and the scene they name."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import xarray as xr

SceneArgument = Annotated[
    str,
    typer.Argument(
        metavar="SCENE", help="A GeoTIFF, COG, URL, or a file of items that `spexlab search` found; or `sample`, or `simulated`."
    ),
]
SensorOption = Annotated[str | None, typer.Option(help="What took it, if the file does not say: sentinel-2, landsat-8, naip, ...")]
BandsOption = Annotated[str | None, typer.Option(help="Its bands in order, by name or wavelength in nm: blue,green,red,nir")]
ScaleOption = Annotated[
    str | None, typer.Option(help="Reflectance = number * scale + offset, whatever the file says; one number, or one a band.")
]
OffsetOption = Annotated[
    str | None, typer.Option(help="See --scale: -0.2 for Landsat Collection 2, -0.1 for Sentinel-2 since 2022.")
]
NodataOption = Annotated[float | None, typer.Option(help='The number that stands for "nothing here", whatever the file says.')]
MaskOption = Annotated[
    str | None,
    typer.Option(help="A raster that is not 0 where to leave pixels out; SCL, Fmask or QA_PIXEL are read by their codes."),
]
PixelSizeOption = Annotated[float | None, typer.Option(help="Metres, where the file does not say where on Earth it lies.")]
_CHUNK = 1024
"""Side in pixels of what is read of a lazy scene at a time."""
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def open_source(
    source: str, *, sensor: str | None, bands: str | None, area: Path | None = None, lazy: bool = False, **numbers: Any
) -> "xr.DataArray":
    """Open what SCENE names: a file, a URL, items, `sample` or `simulated`; `numbers` are scale, offset, nodata, mask, pixel_size.

    Items reach far beyond the `area` that is looked at; of anything else all is opened, as pixels around it help to see. What lies
    elsewhere is read window by window; what lies here where it is large, or if it shall be `lazy`.
    """
    scene = _opened(source, sensor=sensor, bands=bands, area=area, chunks=_CHUNK if lazy or "://" in source else None, **numbers)
    return scene.chunk({"band": -1, "y": _CHUNK, "x": _CHUNK}) if lazy and scene.chunks is None else scene


def _opened(
    source: str, *, sensor: str | None, bands: str | None, area: Path | None, chunks: int | None, **numbers: Any
) -> "xr.DataArray":
    if source == "simulated":
        from spexlab.places.simulation import simulate_scene

        _refuse(source, bands=bands, **numbers)
        return simulate_scene(sensor=sensor or "sentinel-2")[0]
    from spexlab.scene import open_scene, sample_scene

    if source == "sample":
        _refuse(source, bands=bands, sensor=sensor, **numbers)
        return sample_scene()
    said = {"sensor": sensor, "bands": band_list(bands), **numbers}
    if source.lower().endswith((".json", ".geojson")):
        return open_scene(source, area=area, **said)
    return open_scene(source, chunks=chunks, **said)


def _refuse(source: str, **given: Any) -> None:
    told = [name for name, value in given.items() if value is not None]
    if told:
        raise ValueError(f"the bands and numbers of the scene {source!r} are known; leave out --{told[0].replace('_', '-')}.")


def band_list(bands: str | None) -> list[str | float] | None:
    """Bands as `--bands` takes them: names, or wavelengths in nm."""
    if bands is None:
        return None
    names = [name.strip() for name in bands.split(",")]
    return [float(name) if name.replace(".", "", 1).isdigit() else name for name in names]
