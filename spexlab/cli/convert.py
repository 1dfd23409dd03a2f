"""`spexlab convert`: the released SPEX checkpoint -> a folder that spexlab reads."""

from pathlib import Path
from typing import Annotated

import typer


def convert(
    checkpoint: Annotated[
        Path, typer.Argument(metavar="CHECKPOINT", help="Folder of the released checkpoint: config.json, *.safetensors.")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to create.")],
    *,
    image_newline: Annotated[
        bool, typer.Option("--image-newline", help="Keep the vector after the image that the authors use in training only.")
    ] = False,
) -> None:
    """Turn a released SPEX checkpoint into one that `--model OUT` reads."""
    from spexlab.model.convert import convert_checkpoint
    from spexlab.scene.outputs import check_folder, writing

    check_folder(out)
    with writing(out):
        print(convert_checkpoint(checkpoint, out, image_newline=image_newline))
