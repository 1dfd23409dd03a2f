"""Hidden folders in which files are made before they move to their names, and what killed processes left of them."""

import os
import re
import shutil
import socket
import tempfile
import time
from pathlib import Path

import psutil

_PREFIX = ".spexlab-"
_OWNED = re.compile(rf"{re.escape(_PREFIX)}(?P<process>\d+)-(?P<host>.+)-[^-]+")
_OLD = 24 * 3600.0
"""Seconds after which a folder is left over, whoever made it."""
_CLOCK = 3600.0
"""Seconds by which the clock may have been set since a folder was made."""


def scratch_folder(parent: Path) -> "tempfile.TemporaryDirectory[str]":
    """Make a hidden folder, a context that removes it, after removing those beside it that nobody will remove any more.

    Raises
    ------
    OSError
        If `parent` cannot be written to.
    """
    for folder in parent.glob(f"{_PREFIX}*"):
        if _is_left_over(folder):
            shutil.rmtree(folder, ignore_errors=True)
    prefix = f"{_PREFIX}{os.getpid()}-{socket.gethostname()}-"
    return tempfile.TemporaryDirectory(prefix=prefix, dir=parent, ignore_cleanup_errors=True)


def _is_left_over(folder: Path) -> bool:
    """Whether the process that made a folder is gone; of one on another machine that is only known by its age."""
    try:
        made = folder.stat().st_mtime
    except FileNotFoundError:  # removed in this moment by whoever made it
        return False
    owned = _OWNED.fullmatch(folder.name)
    if owned is None or owned["host"] != socket.gethostname():
        return time.time() - made > _OLD
    try:
        # A number is given again: a process younger than the folder is another one.
        return bool(psutil.Process(int(owned["process"])).create_time() > made + _CLOCK)
    except psutil.NoSuchProcess:
        return True
