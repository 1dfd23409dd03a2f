"""Files that are written: beside their name first, and moved there when they are whole, so that nothing half-written is seen."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rasterio._err import CPLE_BaseError  # what a copy raises; rasterio has no public name for it
from rasterio.errors import RasterioError

from spexlab.scene.scratch import scratch_folder

_UNWRITTEN = (OSError, RasterioError, CPLE_BaseError, RuntimeError)
"""What libraries raise where they cannot write; pyogrio's errors are RuntimeErrors."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_ROOM = 1 << 16
"""Bytes below which a disk is full: GDAL keeps the cause of a failed write for itself."""


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
        with writing(path):
            yield temporary
            if commit:
                temporary.replace(target)


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Turn what libraries raise when a file or folder cannot be written into one OSError that names it and the cause.

    Raises
    ------
    OSError
        If it could not be written.
    """
    try:
        yield
    except _UNWRITTEN as error:
        words = " ".join(str(error).split()) or type(error).__name__
        if words.startswith("cannot write"):
            raise
        full = is_full(Path(path).expanduser().parent, error)
        what, then = ("the disk is full", "make room") if full else (words, "choose another place")
        raise OSError(f"cannot write {str(path)!r}: {what}; nothing is left of it, {then} and try again.") from error


def is_full(folder: Path, error: BaseException | None = None) -> bool:
    """Tell whether nothing more can be written to a folder, by what was raised or by what is left."""
    if getattr(error, "errno", None) in _FULL:
        return True
    there = next((place for place in (folder, *folder.absolute().parents) if place.exists()), Path("/"))
    return shutil.disk_usage(there).free < _NO_ROOM


def _scratch(parent: Path, path: str | Path) -> TemporaryDirectory[str]:
    try:
        return scratch_folder(parent)
    except OSError as error:
        raise type(error)(
            f"cannot write {str(path)!r}: {error.strerror or error}; choose a folder that you may write to."
        ) from error
