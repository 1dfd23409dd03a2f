"""How much memory there is, and what of it may be used."""

import os

KEPT_BYTES = 1 << 30
"""Bytes of image features that are kept on any machine: about 150 windows of spex-tiny, an area of 2,300 pixels a side."""
_KEPT_SHARE = 1 / 4
"""Part of the machine's memory for them, where that is more: with 16 GB an area of 4,096 pixels a side is read only once."""


def machine_memory() -> int | None:
    """Bytes of memory fitted, or None where the system does not tell."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else None


def kept_bytes(device: str) -> int:
    """Bytes of image features to keep on a device ("cpu", "cuda", ...): an accelerator's memory is needed for the work itself."""
    return max(KEPT_BYTES, int(_KEPT_SHARE * (machine_memory() or 0))) if device == "cpu" else KEPT_BYTES


def check_memory(shape: tuple[int, int], *, layers: int) -> None:
    """Refuse what cannot end well before an hour is spent on it."""
    # Per pixel: a probability, its preview, an index and two masks for each layer; weights and a few masks besides.
    needed = shape[0] * shape[1] * (14 * layers + 24)
    fitted = machine_memory()
    if fitted is not None and needed > fitted:
        raise ValueError(
            f"the masks of {shape[1]:,} x {shape[0]:,} pixels need about {needed / 1e9:.0f} GB of memory, "
            f"but this machine has {fitted / 1e9:.0f} GB; give a smaller area, or a coarser scene."
        )
