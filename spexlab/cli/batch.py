"""`spexlab batch`: one instruction about many scenes, into a folder that can be gone on with."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from spexlab.cli.libraries import quiet_libraries
from spexlab.cli.scenes import (
    BandsOption,
    JsonOption,
    NodataOption,
    OffsetOption,
    PixelSizeOption,
    ScaleOption,
    SensorOption,
    band_list,
)
from spexlab.cli.thresholds import ThresholdOption, read_thresholds

if TYPE_CHECKING:
    from collections.abc import Callable

    from spexlab.extraction.batch import Batch

FAILED = 1
"""Exit code where some scenes failed; all others are done."""


def batch(  # noqa: PLR0913 - the options of a command
    instruction: Annotated[str, typer.Argument(metavar="INSTRUCTION", help='What to look for in every scene: "lakes over 5 ha".')],
    scenes: Annotated[list[str], typer.Argument(metavar="SCENE...", help="GeoTIFFs, COGs, product folders or URLs.")],
    *,
    to: Annotated[Path, typer.Option(help="Folder of the results; a batch that is there already goes on.")],
    area: Annotated[list[Path] | None, typer.Option(help="GeoJSON polygon of where to look; may be given for several.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try those scenes again that failed before.")] = False,
    sensor: SensorOption = None,
    bands: BandsOption = None,
    scale: ScaleOption = None,
    offset: OffsetOption = None,
    nodata: NodataOption = None,
    pixel_size: PixelSizeOption = None,
    threshold: ThresholdOption = None,
    model: Annotated[str, typer.Option(help="A bundled checkpoint, a folder, or a Hugging Face id.")] = "spex-tiny",
    as_json: JsonOption = False,
) -> int:
    """Ask one thing of many scenes: masks, regions in one GeoParquet, a STAC collection. Exits with 1 if a scene failed."""
    from spexlab.extraction import load_model
    from spexlab.extraction.batch import extract_many

    thresholds = read_thresholds(threshold)
    told = {
        "sensor": sensor,
        "bands": band_list(bands),
        "scale": scale,
        "offset": offset,
        "nodata": nodata,
        "pixel_size": pixel_size,
    }
    areas = {path.stem: path for path in area} if area else None
    quiet_libraries()
    with _progress(quiet=as_json) as on_scene:
        made = extract_many(
            scenes,
            instruction,
            to=to,
            areas=areas,
            model=load_model(model),
            threshold=thresholds,
            opening={name: value for name, value in told.items() if value is not None},
            retry=retry,
            on_scene=on_scene,
        )
    _report(made, as_json=as_json)
    return FAILED if made.failed else 0


@contextmanager
def _progress(*, quiet: bool) -> "Iterator[Callable[[str, int, int], None]]":
    """Scenes as they go by, on a terminal only."""
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("scenes")
        yield lambda name, done, total: bar.update(task, description=name, completed=done, total=total)


def _report(made: "Batch", *, as_json: bool) -> None:
    from spexlab.extraction.batch.folder import COLLECTION, REGIONS

    failed = made.failed
    if as_json:
        record: dict[str, Any] = {"folder": str(made.folder), "asked": made.asked, "done": made.done, "failed": failed}
        print(json.dumps(record, allow_nan=False))
        return
    console = Console()
    console.print(Text(f"scenes done: {len(made.done)}, failed: {len(failed)}"))
    for name, reason in failed.items():
        console.print(Text(f"failed: {name}: {reason}", style="red"), soft_wrap=True)
    for file in (REGIONS, COLLECTION):
        console.print(Text(str(made.folder / file)), soft_wrap=True)
