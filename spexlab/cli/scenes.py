"""The options that name a scene, and the scene they name."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import xarray as xr

_LAZY_BYTES = 64 * 2**20
"""Files from this size are read window by window."""

SceneArgument = Annotated[str, typer.Argument(metavar="SCENE", help="A GeoTIFF, COG or URL; or `sample`, or `simulated`.")]
SensorOption = Annotated[str | None, typer.Option(help="What took it, if the file does not say: sentinel-2, landsat-8, naip, ...")]
BandsOption = Annotated[str | None, typer.Option(help="Its bands in order, by name or wavelength in nm: blue,green,red,nir")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def open_source(source: str, *, sensor: str | None, bands: str | None) -> "xr.DataArray":
    """Open what SCENE names: a file, a URL, `sample` or `simulated`."""
    if source == "simulated":
        from spexlab.places.simulation import simulate_scene

        _refuse_bands(source, bands)
        return simulate_scene(sensor=sensor or "sentinel-2")[0]
    from spexlab.scene import open_scene, sample_scene

    if source == "sample":
        _refuse_bands(source, bands or sensor)
        return sample_scene()
    chunks = 1024 if "://" in source or _is_large(Path(source)) else None
    return open_scene(source, sensor=sensor, bands=band_list(bands), chunks=chunks)


def _refuse_bands(source: str, given: str | None) -> None:
    if given is not None:
        raise ValueError(f"the bands of the scene {source!r} are known; leave out {given!r}.")


def _is_large(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > _LAZY_BYTES


def band_list(bands: str | None) -> list[str | float] | None:
    """Bands as `--bands` takes them: names, or wavelengths in nm."""
    if bands is None:
        return None
    names = [name.strip() for name in bands.split(",")]
    return [float(name) if name.replace(".", "", 1).isdigit() else name for name in names]
