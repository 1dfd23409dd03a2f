"""How much memory there is, and what of it may be used."""

import contextlib
from pathlib import Path

import psutil

LEAST_KEPT, MOST_KEPT = 1 << 30, 4 << 30
"""Bytes of image features that a process keeps: 150 windows of spex-tiny, an area of 2,300 pixels a side; and an area of 4,096."""
_KEPT_SHARE = 1 / 4
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


def check_memory(shape: tuple[int, int], *, layers: int) -> None:
    """Refuse what cannot end well before an hour is spent on it."""
    # Per pixel: a probability, its preview, an index and two masks for each layer; weights and a few masks besides.
    needed = shape[0] * shape[1] * (14 * layers + 24)
    fitted = machine_memory()
    if needed > fitted:
        raise ValueError(
            f"the masks of {shape[1]:,} x {shape[0]:,} pixels need about {needed / 1e9:.0f} GB of memory, "
            f"but this machine has {fitted / 1e9:.0f} GB; give a smaller area, or a coarser scene."
        )
