"""The command line: `spexlab extract`, `spexlab info`, `spexlab --version`.

Results go to stdout, everything else to stderr. Exit 0; 2 on bad input, with one line that says what to do; 3 if the instruction
names nothing that can be extracted. Libraries that take seconds to load are imported by the command that needs them.
"""

import json
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.exceptions import TyperException

import spexlab
from spexlab.classes import UnknownTargetError

if TYPE_CHECKING:
    import xarray as xr

    from spexlab.extraction import Events, Extraction

BAD_INPUT, UNKNOWN_TARGET, INTERRUPTED = 2, 3, 130
_LAZY_BYTES = 64 * 2**20
"""Files from this size are read window by window."""
_RASTERS, _VECTORS = (".tif", ".tiff"), (".parquet", ".geojson", ".json")

app = typer.Typer(
    help="Draw an area, say what to look for, and see the mask that SPEX makes, with its reasons.",
    add_completion=False,
    pretty_exceptions_enable=False,
)

SceneArgument = Annotated[str, typer.Argument(metavar="SCENE", help="A GeoTIFF, COG or URL; or `sample`, or `simulated`.")]
SensorOption = Annotated[str | None, typer.Option(help="What took it, if the file does not say: sentinel-2, landsat-8, naip, ...")]
BandsOption = Annotated[str | None, typer.Option(help="Its bands in order, by name or wavelength in nm: blue,green,red,nir")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; the entry point of the `spexlab` script."""
    with _plain_warnings():
        sys.exit(_exit_code(arguments))


def _exit_code(arguments: Sequence[str] | None) -> int:
    try:
        return int(app(args=arguments, prog_name="spexlab", standalone_mode=False) or 0)
    except UnknownTargetError as error:
        return _fail(error, UNKNOWN_TARGET)
    except TyperException as error:
        return _fail(error.format_message(), BAD_INPUT)
    except (ValueError, OSError) as error:
        return _fail(error, BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("stopped", INTERRUPTED)


def _fail(reason: object, code: int) -> int:
    print(f"error: {_line(reason)}", file=sys.stderr)
    return code


def _line(words: object) -> str:
    return " ".join(str(words).split()) or type(words).__name__


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Say what was assumed about a scene in one line each; other libraries' warnings are not the user's business."""

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        if category.__name__ == "SceneWarning":
            print(f"warning: {_line(message)}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = show
        yield


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
    if wanted:
        print(f"spexlab {spexlab.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,  # noqa: ARG001, FBT002
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def extract(  # noqa: PLR0913 - the options of a command
    scene: SceneArgument,
    instruction: Annotated[str, typer.Argument(metavar="INSTRUCTION", help='What to look for: "vegetation", "lakes and rivers".')],
    *,
    area: Annotated[Path | None, typer.Option(help="GeoJSON polygon of where to look.")] = None,
    sensor: SensorOption = None,
    bands: BandsOption = None,
    model: Annotated[str, typer.Option(help="A bundled checkpoint, a folder, or a Hugging Face id.")] = "spex-tiny",
    out: Annotated[Path | None, typer.Option(help="Masks as a cloud-optimised GeoTIFF.")] = None,
    probability: Annotated[bool, typer.Option("--probability", help="Write probabilities beside --out.")] = False,
    regions: Annotated[Path | None, typer.Option(help="Regions as .parquet or .geojson.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Find what an instruction names in a scene."""
    from spexlab.extraction import extract as run
    from spexlab.extraction.view import check_instruction

    check_instruction(instruction)
    outputs = _outputs(scene, out, regions, probability=probability)
    opened = _open(scene, sensor=sensor, bands=bands)
    _quiet_libraries()
    with _progress(quiet=as_json) as events:
        result = run(opened, instruction, area=area, model=model, events=events)
    for kind, path in outputs.items():
        _write(result, kind, path)
    written = {kind: str(path) for kind, path in outputs.items()}
    if as_json:
        print(json.dumps({**result.summary, "outputs": written}, allow_nan=False))
    else:
        _report(result, written)


@app.command()
def info(scene: SceneArgument, *, sensor: SensorOption = None, bands: BandsOption = None, as_json: JsonOption = False) -> None:
    """Say what a scene is: bands, radiometry, place, and the indices it allows."""
    facts = _facts(_open(scene, sensor=sensor, bands=bands))
    if as_json:
        print(json.dumps(facts, allow_nan=False))
        return
    table = Table(show_header=False, box=None)
    for name, value in facts.items():
        table.add_row(Text(name.replace("_", " "), style="bold"), Text(_readable(name, value)))
    Console().print(table)


def _outputs(scene: str, out: Path | None, regions: Path | None, *, probability: bool) -> dict[str, Path]:
    """What to write where, each checked before the work begins."""
    from spexlab.extraction.export import check_writable

    if probability and out is None:
        raise ValueError("--probability is written beside the masks; give --out MASK.tif too.")
    beside = out.with_name(f"{out.stem}_probability{out.suffix}") if out is not None and probability else None
    wanted: dict[str, tuple[Path | None, tuple[str, ...]]] = {
        "mask": (out, _RASTERS),
        "probability": (beside, _RASTERS),
        "regions": (regions, _VECTORS),
    }
    outputs = {kind: check_writable(path, suffixes=suffixes) for kind, (path, suffixes) in wanted.items() if path is not None}
    for path in outputs.values():
        if path.exists() and Path(scene).exists() and path.samefile(scene):
            raise ValueError(f"{str(path)!r} is the scene itself; write to another name.")
    return outputs


def _write(result: "Extraction", kind: str, path: Path) -> None:
    writers = {"mask": result.to_cog, "probability": result.probability_to_cog, "regions": result.to_geojson}
    if path.suffix.lower() == ".parquet":
        writers["regions"] = result.to_geoparquet
    writers[kind](path)


def _open(source: str, *, sensor: str | None, bands: str | None) -> "xr.DataArray":
    if source == "simulated":
        from spexlab.simulation import simulate_scene

        _refuse_bands(source, bands)
        return simulate_scene(sensor=sensor or "sentinel-2")[0]
    from spexlab.scene import open_scene, sample_scene

    if source == "sample":
        _refuse_bands(source, bands or sensor)
        return sample_scene()
    chunks = 1024 if "://" in source or _is_large(Path(source)) else None
    return open_scene(source, sensor=sensor, bands=_band_list(bands), chunks=chunks)


def _refuse_bands(source: str, given: str | None) -> None:
    if given is not None:
        raise ValueError(f"the bands of the scene {source!r} are known; leave out {given!r}.")


def _is_large(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > _LAZY_BYTES


def _band_list(bands: str | None) -> list[str | float] | None:
    if bands is None:
        return None
    names = [name.strip() for name in bands.split(",")]
    return [float(name) if name.replace(".", "", 1).isdigit() else name for name in names]


def _quiet_libraries() -> None:
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


@contextmanager
def _progress(*, quiet: bool) -> "Iterator[Events]":
    """Stages as they go by, on a terminal only."""
    from rich.progress import Progress

    from spexlab.extraction import Events

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        tasks = {name: bar.add_task(name, total=1.0) for name in ("prior", "encode", "mask", "words")}
        yield Events(stage=lambda name, fraction: bar.update(tasks[name], completed=fraction))


def _report(result: "Extraction", written: dict[str, str]) -> None:
    console = Console()
    table = Table("target", "share", "area", "regions", "index", "inside", "around", box=None)
    for row in result.evidence:
        area = f"{row['pixels']:,} px" if row["area_m2"] is None else f"{row['area_m2'] / 1e4:,.2f} ha"
        means = [_mean(row["inside"]), _mean(row["around"])]
        table.add_row(row["target"], f"{100 * row['share']:.1f} %", area, f"{row['regions']:,}", row["index"] or "none", *means)
    console.print(table)
    # The model's words are no markup.
    console.print(Text(result.explanation))
    for row in result.evidence:
        wrong = [claim for claim in row["claims"] if not claim["holds"]]
        for claim in wrong:
            console.print(Text(f"does not hold: {claim['text']!r} (measured: {claim['measured']})", style="yellow"))
    for kind, path in written.items():
        console.print(Text(f"{kind}: {path}"), soft_wrap=True)


def _mean(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _facts(scene: "xr.DataArray") -> dict[str, Any]:
    from spexlab.area import crs_of, pixel_area
    from spexlab.prior import available_indices
    from spexlab.scene import pixel_size

    crs = crs_of(scene)
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
        "pixel_area_m2": pixel_area(scene),
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


if __name__ == "__main__":
    main()
