"""Files that are written: beside their name first, and moved there when they are whole, so that nothing half-written is seen."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from spexlab.scene.scratch import scratch_folder


def check_writable(path: str | Path, *, suffixes: tuple[str, ...] = ()) -> Path:
    """Make sure that a file can be written, before the work for it begins; nothing is left there.

    Raises
    ------
    ValueError
        If the name does not end as it should.
    OSError
        If it cannot be written.
    """
    target = Path(path).expanduser()
    if suffixes and target.suffix.lower() not in suffixes:
        raise ValueError(f"the name of this output must end in {' or '.join(suffixes)}, but {str(path)!r} was given; rename it.")
    with replacing(target, commit=False) as temporary:
        temporary.touch()
    return target


def check_folder(path: str | Path) -> Path:
    """Make sure that a folder can be made, or written to, before the work for it begins; nothing is left there.

    Raises
    ------
    OSError
        If it cannot.
    """
    target = Path(path).expanduser()
    there = next(folder for folder in (target, *target.absolute().parents) if folder.exists())
    if not there.is_dir():
        raise NotADirectoryError(f"{str(path)!r} must be a folder, but {str(there)!r} is a file; choose another name.")
    with _scratch(there, path):
        return target


@contextmanager
def replacing(path: str | Path, *, commit: bool = True) -> Iterator[Path]:
    """Give a name in a hidden folder beside `path`; what is written there is moved to `path` if all went well.

    Raises
    ------
    OSError
        If `path` cannot be written, with what to do about it.
    """
    target = Path(path).expanduser()
    if target.is_dir():
        raise IsADirectoryError(f"cannot write {str(path)!r}: it is a folder; give a file name.")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"cannot write {str(path)!r}: there is no folder {str(target.parent)!r}; create it first.")
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(f"cannot write {str(path)!r}: the file is write-protected; choose another name.")
    with _scratch(target.parent, path) as name:
        temporary = Path(name) / target.name
        yield temporary
        if commit:
            temporary.replace(target)


def _scratch(parent: Path, path: str | Path) -> TemporaryDirectory[str]:
    try:
        return scratch_folder(parent)
    except OSError as error:
        raise type(error)(
            f"cannot write {str(path)!r}: {error.strerror or error}; choose a folder that you may write to."
        ) from error
