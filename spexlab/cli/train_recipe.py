"""`spexlab train-recipe`: a checkpoint from nothing, in one command."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from spexlab.cli.app import require


def train_recipe(
    recipe: Annotated[str, typer.Argument(help="A recipe that comes with spexlab (spex-tiny), or a .toml file of its form.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder of the recipe's runs; what is finished there is not done again.")],
    data: Annotated[Path | None, typer.Option(help="Labelled scenes: manifest.json, scenes/, labels/.")] = None,
    held_out: Annotated[int, typer.Option(min=0, max=90, help="Per cent of the groups that are kept for testing.")] = 25,
    words_of: Annotated[
        str | None, typer.Option(help="A checkpoint whose language model is kept; without it: from nothing.")
    ] = None,
) -> None:
    """Make a checkpoint, part by part: words, teacher, halves, pixels, features, masks, calibration. Run it again to go on."""
    from spexlab.places import open_places
    from spexlab.places.split import split_of
    from spexlab.scene.outputs import check_folder
    from spexlab.training.recipes import read_recipe
    from spexlab.training.recipes import train_recipe as train

    require("accelerate")
    require("sklearn")
    check_folder(out)
    read = read_recipe(recipe)
    found = [place for place in open_places(data) if place.trainable and (place.labels > 0).any()] if data else []
    places = [place for place in found if split_of(place.group, held_out=held_out / 100, validation=0) != "held-out"]
    console = Console(stderr=True)
    console.log(f"{len(places)} of {len(found)} labelled scenes are learnt from")
    apart = [place for place in found if place not in places]
    made = train(places, out=out, recipe=read, words_of=words_of, held_out=apart, on_part=console.log)
    typer.echo(made)
