"""How much memory there is, and what of it may be used."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import psutil

LEAST_KEPT, MOST_KEPT = 1 << 30, 4 << 30
"""Bytes of image features that a process keeps: 37 windows of spex-tiny, an area of 2,700 pixels a side; and one of 5,400."""
_KEPT_SHARE = 1 / 4
_OPEN_ROWS = 1536
"""Rows of windows that are not done yet: a block, and a window that begins in it."""
_CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def machine_memory() -> int:
    """Bytes of memory fitted, or that a container may use of it."""
    known = [int(psutil.virtual_memory().total)]
    for limit in _CGROUPS:
        with contextlib.suppress(OSError, ValueError):  # absent, or "max"
            known.append(int(limit.read_text()))
    return min(known)


def kept_bytes(device: str) -> int:
    """Bytes of image features to keep on a device ("cpu", "cuda", ...): a quarter of the memory, in bounds.

    An accelerator's memory is needed for the work itself.
    """
    return min(max(LEAST_KEPT, int(_KEPT_SHARE * machine_memory())), MOST_KEPT) if device == "cpu" else LEAST_KEPT


def room_for(each: int) -> int:
    """How many things of so many bytes the memory that is free holds; at least one."""
    return max(1, int(psutil.virtual_memory().available) // each)


@dataclass(frozen=True)
class Forecast:
    """What looking at an area takes, by its size and by how long its first windows took."""

    windows: int
    seconds: float
    bytes: int
    """Memory beside the program's own."""

    def __str__(self) -> str:
        minutes, seconds = divmod(round(self.seconds), 60)
        time = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        return f"{self.windows:,} windows: about {time}, and {self.bytes / 1e9:.1f} GB of memory"


def needed_bytes(shape: tuple[int, int], *, layers: int, lazy: bool) -> int:
    """Bytes that an answer about so many pixels (H, W) needs while it is made, for so many targets.

    Of a lazy scene all numbers are on disk, and one mask at a time is measured: it, what was found and looked at, its regions, and
    a few in between; the rest is rows of windows. In memory each layer has a probability, its preview, an index and two masks.
    """
    pixels = shape[0] * shape[1]
    return pixels * 12 + shape[1] * _OPEN_ROWS * 4 * (layers + 8) if lazy else pixels * (14 * layers + 24)


def check_memory(shape: tuple[int, int], *, layers: int, lazy: bool) -> None:
    """Refuse what cannot end well before an hour is spent on it.

    Raises
    ------
    ValueError
        If this machine has less memory than the answer needs.
    """
    needed, fitted = needed_bytes(shape, layers=layers, lazy=lazy), machine_memory()
    if needed > fitted:
        raise ValueError(
            f"the masks of {shape[1]:,} x {shape[0]:,} pixels need about {needed / 1e9:.0f} GB of memory, "
            f"but this machine has {fitted / 1e9:.0f} GB; give a smaller area, or a coarser scene."
        )
