"""`spexlab search`: imagery in a STAC catalogue."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from spexlab.cli.scenes import JsonOption

if TYPE_CHECKING:
    from spexlab.scene import Items


def search(
    *,
    area: Annotated[Path, typer.Option(help="GeoJSON polygon of where to look.")],
    dates: Annotated[str, typer.Option(help="A day, month or year, or a span: 2024-06-01/2024-06-30.")],
    collection: Annotated[str, typer.Option(help="The catalogue's name of a collection.")] = "sentinel-2-l2a",
    catalog: Annotated[str, typer.Option(help="earth-search, planetary-computer, or the URL of a STAC API.")] = "earth-search",
    max_cloud: Annotated[float | None, typer.Option(help="Per cent of an image that may be under cloud.")] = None,
    out: Annotated[Path | None, typer.Option(help="A .json or .geojson file of what is found; SCENE of other commands.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Find imagery by area, dates and cloud; `spexlab extract ITEMS.json` takes the file that --out writes."""
    from spexlab.scene import search as run
    from spexlab.scene.outputs import check_writable

    if out is not None:
        check_writable(out, suffixes=(".json", ".geojson"))
    found = run(area, dates=dates, collection=collection, catalog=catalog, max_cloud=max_cloud)
    if out is not None:
        found.write(out)
    if as_json:
        print(json.dumps({**found.to_dict(), "out": None if out is None else str(out)}, allow_nan=False))
    else:
        _report(found, out)


def _report(found: "Items", out: Path | None) -> None:
    console = Console()
    console.print(Text(found.summary))
    table = Table("date", "cloud", "image", box=None)
    for item in found:
        table.add_row(item.date, "–" if item.cloud_cover is None else f"{item.cloud_cover:.0f} %", Text(item.id))
    if found:
        console.print(table)
    if out is not None:
        console.print(Text(f"items: {out}"), soft_wrap=True)
