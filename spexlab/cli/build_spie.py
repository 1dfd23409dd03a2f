"""`spexlab build-spie`: labelled scenes -> instruction-following samples."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spexlab.cli.scenes import BandsOption, SensorOption, band_list

if TYPE_CHECKING:
    from spexlab.places import Place


def build_spie(  # noqa: PLR0913 - the options of a command
    source: Annotated[Path, typer.Argument(metavar="SCENE|FOLDER", help="A scene, or a folder with manifest.json.")],
    labels: Annotated[Path | None, typer.Argument(metavar="[LABELS]", help="The scene's label raster.")] = None,
    *,
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    legend: Annotated[Path | None, typer.Option(help='What the label codes mean: JSON, {"1": "water", "9": "other"}.')] = None,
    public: Annotated[str | None, typer.Option("--set", help="FOLDER holds a public set: chesapeake, segmunich, spacenet.")] = None,
    sensor: SensorOption = None,
    bands: BandsOption = None,
    samples: Annotated[int, typer.Option(help="Instructions asked of each scene.")] = 8,
    size: Annotated[int, typer.Option(help="Longest side of a picture in pixels.")] = 256,
    seed: Annotated[int, typer.Option(help="Other seeds make other samples.")] = 0,
    split: Annotated[float, typer.Option(help="Share of the places (0-1) that is held back for validation.")] = 0.0,
    png: Annotated[bool, typer.Option("--png", help="8-bit true-colour pictures, as the authors' trainer reads them.")] = False,
) -> None:
    """Make instruction-following samples of labelled scenes."""
    from spexlab.places import open_pair, open_places, open_public_set, read_legend
    from spexlab.spie import SpieSettings
    from spexlab.spie import build_spie as build

    settings = SpieSettings(samples, size, seed, "png" if png else "geotiff", split)
    places: Iterable[Place]
    if labels is not None:
        if public is not None:
            raise ValueError("--set reads a folder, but a scene with labels was given; leave out one of them.")
        known = read_legend(legend) if legend is not None else None
        places = [open_pair(source, labels, legend=known, sensor=sensor, bands=band_list(bands))]
    elif legend is not None or sensor is not None or bands is not None:
        raise ValueError("--legend, --sensor and --bands go with SCENE LABELS, but a folder was given; leave them out.")
    else:
        places = open_public_set(public, source) if public is not None else open_places(source)
    print(build(places, out, settings))
