"""Where an app's files lie: wherever a person says, or, in an app that many can reach, in one folder only."""

import os
from pathlib import Path

FILES = "SPEXLAB_FILES"
"""Names, in the environment, the folder that an app's files are kept in; unset, it is anywhere. `make app` sets it."""


def own_folder() -> Path | None:
    """The folder that the app's files are kept in; None: anywhere."""
    named = os.environ.get(FILES, "")
    return Path(named).expanduser().resolve() if named else None


def file_at(name: str | Path) -> Path:
    """Where a file lies that a person names, in the app's own folder if it has one.

    Raises
    ------
    ValueError
        If that would be outside.
    OSError
        If the folder cannot be made.
    """
    home, given = own_folder(), Path(name).expanduser()
    if home is None:
        return given
    path = (home / given).resolve()
    if not path.is_relative_to(home):
        raise ValueError(f"this app keeps its files in {str(home)!r}, but {str(name)!r} lies outside; give a name within it.")
    home.mkdir(parents=True, exist_ok=True)
    return path


def where_words() -> str:
    """Say where files go, where that is not for a person to choose; "" elsewhere."""
    home = own_folder()
    return "" if home is None else f"Files of this app are kept in {home} and nowhere else."
