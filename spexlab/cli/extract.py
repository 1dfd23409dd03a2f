"""`spexlab extract`: a scene and an instruction -> masks, regions, words."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from spexlab.cli.clusters import ClusterOption
from spexlab.cli.clusters import cluster as work_on
from spexlab.cli.libraries import quiet_libraries
from spexlab.cli.overtime import check_outputs, report_dates, writer_of_dates
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
from spexlab.cli.thresholds import ThresholdOption, read_thresholds
from spexlab.evidence.regions import share_words

if TYPE_CHECKING:
    from spexlab.extraction import Events, Extraction

_LEVELS = {"good": "green", "fair": "yellow", "poor": "red", "unknown": "magenta"}
_RASTERS = (".tif", ".tiff")
_VECTORS = {".parquet": "to_geoparquet", ".gpkg": "to_geopackage", ".geojson": "to_geojson", ".json": "to_geojson"}
_FILES = dict.fromkeys(_RASTERS, "to_cog") | _VECTORS | {".nc": "to_netcdf", ".png": "to_png", ".csv": "to_csv"}
"""Ending of a file -> method of Extraction, or of Timeline, that writes it."""
_KINDS = {"to_cog": "mask", "to_netcdf": "dataset", "to_png": "figure", "to_csv": "areas"}


def extract(  # noqa: PLR0913 - the options of a command
    scene: SceneArgument,
    instruction: Annotated[
        list[str],
        typer.Argument(
            metavar="INSTRUCTION...",
            help='What to look for: "vegetation", "lakes and rivers"; each keeps its own conditions.',
        ),
    ],
    *,
    area: Annotated[Path | None, typer.Option(help="GeoJSON polygon of where to look.")] = None,
    sensor: SensorOption = None,
    bands: BandsOption = None,
    scale: ScaleOption = None,
    offset: OffsetOption = None,
    nodata: NodataOption = None,
    mask: MaskOption = None,
    pixel_size: PixelSizeOption = None,
    threshold: ThresholdOption = None,
    model: Annotated[str, typer.Option(help="A bundled checkpoint, a folder, or a Hugging Face id.")] = "spex-tiny",
    out: Annotated[
        list[Path] | None,
        typer.Option(
            help="What to write: masks as .tif or .nc, regions as .gpkg, .parquet or .geojson, a figure as .png, areas by date "
            "as .csv; repeat it."
        ),
    ] = None,
    probability: Annotated[bool, typer.Option("--probability", help="Write probabilities beside the .tif of --out.")] = False,
    classes: Annotated[bool, typer.Option("--classes", help="Write all targets in one coloured band beside it, too.")] = False,
    regions: Annotated[Path | None, typer.Option(help="Regions as .gpkg, .parquet or .geojson.")] = None,
    cluster: ClusterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find what an instruction names in a scene, or on each date of several, and what changed between them."""
    from spexlab.extraction import Extraction, FeatureCache, load_model
    from spexlab.extraction import extract as run
    from spexlab.extraction.understanding import lines_of
    from spexlab.extraction.view import View
    from spexlab.scene.series import is_series

    lines_of(instruction)
    thresholds = read_thresholds(threshold)
    outputs = _outputs(scene, out or [], regions, beside={"probability": probability, "classes": classes})
    numbers = {"scale": scale, "offset": offset, "nodata": nodata, "mask": mask, "pixel_size": pixel_size}
    opened = open_source(scene, sensor=sensor, bands=bands, area=area, lazy=cluster is not None, **numbers)
    check_outputs(outputs, opened, instruction)
    # An area that cannot be used is known before a model is loaded.
    view = View.of(opened.isel(time=0) if is_series(opened) else opened, area)
    quiet_libraries()
    spex = load_model(model)
    spex.cache = FeatureCache(0)  # nothing is asked twice in a process that ends with its answer
    with work_on(cluster), _progress(quiet=as_json) as events:
        result = run(opened, instruction, area=view.area, model=spex, threshold=thresholds, events=events)
    for path, method in outputs.values():
        (getattr(result, method) if isinstance(result, Extraction) else writer_of_dates(result, method))(path)
    written = {kind: str(path) for kind, (path, _) in outputs.items()}
    if as_json:
        print(json.dumps({**result.summary, "outputs": written}, allow_nan=False))
    elif isinstance(result, Extraction):
        _report(result, written)
    else:
        report_dates(result, written)


def _outputs(scene: str, out: list[Path], regions: Path | None, *, beside: dict[str, bool]) -> dict[str, tuple[Path, str]]:
    """What to write, where, and by which method of Extraction, each checked before the work begins."""
    from spexlab.scene.outputs import check_writable

    outputs: dict[str, tuple[Path, str]] = {}
    for given, endings in [*((path, tuple(_FILES)) for path in out), *([(regions, tuple(_VECTORS))] if regions else [])]:
        path = check_writable(given, suffixes=endings)
        method = _FILES[path.suffix.lower()]
        kind = _KINDS.get(method, "regions")
        if kind in outputs:
            raise ValueError(
                f"one file holds the {kind}, but {str(outputs[kind][0])!r} and {str(path)!r} were named; leave one out."
            )
        outputs[kind] = path, method
    for kind in (name for name, wanted in beside.items() if wanted):
        if "mask" not in outputs:
            raise ValueError(f"--{kind} is written beside the masks; give --out MASK.tif too.")
        mask = outputs["mask"][0]
        outputs[kind] = check_writable(mask.with_name(f"{mask.stem}_{kind}{mask.suffix}")), f"{kind}_to_cog"
    for path, _ in outputs.values():
        if path.exists() and Path(scene).exists() and path.samefile(scene):
            raise ValueError(f"{str(path)!r} is the scene itself; write to another name.")
    return outputs


@contextmanager
def _progress(*, quiet: bool) -> "Iterator[Events]":
    """Stages as they go by, on a terminal only."""
    from rich.progress import Progress

    from spexlab.extraction import Events

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        tasks = {name: bar.add_task(name, total=1.0) for name in ("prior", "encode", "mask", "words")}
        yield Events(
            stage=lambda name, fraction: bar.update(tasks[name], completed=fraction),
            estimate=lambda estimate: bar.console.print(Text(str(estimate), style="dim")) if not bar.disable else None,
        )


def _report(result: "Extraction", written: dict[str, str]) -> None:
    from spexlab.language.checking import agreement_words

    console = Console()
    if result.request.incomplete:
        console.print(Text(f" {result.request.incomplete} ", style="black on yellow"))
    table = Table("target", "share", "area", "regions", "index", "inside", "around", box=None)
    for m in (one.measurement for one in result.evidence):
        area = f"{m.pixels:,} px" if m.area_m2 is None else f"{m.area_m2 / 1e4:,.2f} ha"
        means = [_mean(m.inside), _mean(m.around)]
        table.add_row(m.target, share_words(m.share), area, f"{m.n_regions:,}", m.index or "none", *means)
    console.print(table)
    for trust in result.trust:
        prefix = f"{trust.target}: " if len(result.trust) > 1 else ""
        console.print(Text(prefix + trust.text, style=_LEVELS[trust.level]))
    for advice in result.advice:
        console.print(Text(str(advice), style="bold"))
    # The model's words are no markup.
    console.print(Text(result.explanation))
    console.print(Text(agreement_words([claim for one in result.evidence for claim in one.claims]), style="dim"))
    for claim in (claim for one in result.evidence for claim in one.rejected):
        console.print(Text(f"replaced: the model wrote {claim.text!r} (measured: {claim.measured})", style="dim"))
    for kind, path in written.items():
        console.print(Text(f"{kind}: {path}"), soft_wrap=True)


def _mean(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
