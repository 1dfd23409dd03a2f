"""`spexlab workshop`: a folder with all that a class needs."""

from pathlib import Path
from typing import Annotated

import typer


def workshop(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or empty folder.")]) -> None:
    """Copy notebooks, exercises with their checks and solutions, and simulated data to work with offline."""
    from spexlab.workshop import write_workshop

    made = write_workshop(folder)
    print(f"{made} is ready. Each machine: spexlab doctor {made}; then: jupyter lab {made}. Teachers begin with TEACHING.md.")
