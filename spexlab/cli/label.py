"""`spexlab label`: scenes and a map of the world -> labelled places."""

from pathlib import Path
from typing import Annotated

import typer

from spexlab.cli.scenes import BandsOption, SensorOption, band_list


def label(
    scenes: Annotated[list[str], typer.Argument(metavar="SCENE...", help="Scenes of pixels of 8 m or more, with a CRS.")],
    *,
    to: Annotated[Path, typer.Option(help="Folder of labelled places; those that it holds stay.")],
    cover: Annotated[
        list[str] | None, typer.Option(help="A file of WorldCover, again for more; without it the catalogue is searched.")
    ] = None,
    catalog: Annotated[str, typer.Option(help="Where to search: a name or URL, as in `search`.")] = "planetary-computer",
    year: Annotated[int | None, typer.Option(help="Of the map that is searched, 2020 or 2021; the nearest unless told.")] = None,
    group: Annotated[str | None, typer.Option(help="The spot on earth, if all scenes show one; each its own unless told.")] = None,
    sensor: SensorOption = None,
    bands: BandsOption = None,
) -> None:
    """Label scenes by ESA WorldCover: places for pretrain, finetune and build-spie."""
    from spexlab.places.keeping import keep_place
    from spexlab.places.worldcover import find_cover, place_by_cover
    from spexlab.scene import open_scene

    names = [Path(path).stem for path in scenes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"a place is called as its scene's file, but {twice!r} comes twice; rename one of them.")
    for path, name in zip(scenes, names, strict=True):
        scene = open_scene(path, sensor=sensor, bands=band_list(bands))
        found = cover or find_cover(scene, year=year, catalog=catalog)
        keep_place(place_by_cover(scene, found, name=name, group=group), to)
    print(to)
