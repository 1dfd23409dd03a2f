"""The folder of a workshop: notebooks, exercises, solutions, data, and how to teach with them."""

import shutil
from pathlib import Path

from spexlab.scene.outputs import check_folder, writing
from spexlab.scene.scratch import scratch_folder
from spexlab.shipped import shipped
from spexlab.workshop.landscapes import write_landscapes

_NOTEBOOKS = "notebooks"


def write_workshop(folder: str | Path) -> Path:
    """Write all that a class needs, so that it works without a network.

    Parameters
    ----------
    folder : str or Path
        A folder that is not there yet, or is empty.

    Returns
    -------
    Path
        The folder, with ``notebooks/``, ``exercises/`` (their solutions in a folder within), ``data/``, README.md and TEACHING.md.

    Raises
    ------
    ValueError
        If there is something in the folder.
    OSError
        If it cannot be written, or this installation came without notebooks; nothing half-written is left.
    """
    target = Path(folder).expanduser()
    if target.is_dir() and any(target.iterdir()):
        raise ValueError(f"{str(folder)!r} must be a new or an empty folder, but there are files in it; choose another name.")
    check_folder(target)
    source = shipped(_NOTEBOOKS)
    if source is None:
        raise FileNotFoundError("this installation of spexlab came without its notebooks; install it from its wheel or a checkout.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(target.parent) as name, writing(target):
        made = Path(name) / "workshop"
        _copy(source, made)
        (made / "data").mkdir()
        write_landscapes(made / "data")
        if target.is_dir():
            target.rmdir()
        made.rename(target)
    return target


def _copy(source: Path, made: Path) -> None:
    """Lay notebooks and exercises out as a class finds them: what it works with first, and solutions a folder deeper."""
    only_notebooks = shutil.ignore_patterns("*.py", "*.md", "__pycache__", ".ipynb_checkpoints", "exercises")
    shutil.copytree(source, made / "notebooks", ignore=only_notebooks)
    shutil.copytree(source / "exercises", made / "exercises", ignore=shutil.ignore_patterns("*.md", ".ipynb_checkpoints"))
    for page in ("README.md", "TEACHING.md"):
        shutil.copy(source / "exercises" / page, made / page)
