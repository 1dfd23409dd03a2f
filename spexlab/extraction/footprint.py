"""What a checkpoint takes, told from the heads of its files before any of its weights is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path

import psutil
import torch
from safetensors import SafetensorError, safe_open

from spexlab.extraction.memory import machine_memory

_LOADING = 1.2
"""What loading holds at its worst, as a multiple of the weights."""
_BILLION, _MILLION = 1e9, 1e6
_FLOATS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1}
_BYTES = _FLOATS | {"I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}


@dataclass(frozen=True)
class Footprint:
    """How large a checkpoint is."""

    parameters: int
    stored: int
    """Bytes of its weights as they were written."""

    def needed(self, dtype: str | torch.dtype) -> int:
        """Bytes of memory that loading takes at most, in a precision; "auto": that of the file."""
        if dtype == "auto":
            return round(_LOADING * self.stored)
        precision = getattr(torch, dtype) if isinstance(dtype, str) else dtype
        return round(_LOADING * self.parameters * precision.itemsize)

    def __str__(self) -> str:
        unit, word = (_BILLION, "billion") if self.parameters >= _BILLION else (_MILLION, "million")
        return f"{self.parameters / unit:.1f} {word} parameters"


def footprint(folder: str | Path) -> Footprint | None:
    """Size of the checkpoint in a folder; None if it holds no weights that can be read, or is none: loading says why."""
    files = sorted(Path(folder).glob("*.safetensors"))
    try:
        sizes = [size for file in files for size in _sizes(file)]
    except (OSError, SafetensorError):
        return None
    return Footprint(sum(count for count, _ in sizes), sum(stored for _, stored in sizes)) if sizes else None


def free_memory(device: torch.device) -> int:
    """Bytes of a device's memory that nobody holds."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return min(int(psutil.virtual_memory().available), machine_memory())


def check_fits(name: str, size: Footprint, *, device: torch.device, dtype: str | torch.dtype) -> None:
    """Refuse a checkpoint for which there is no room, before the machine begins to swap.

    Raises
    ------
    ValueError
        If loading needs more memory than is free.
    """
    needed, free = size.needed(dtype), free_memory(device)
    if needed <= free:
        return
    half = size.needed(torch.bfloat16)
    choices = [f'load it with dtype="bfloat16" ({in_words(half)})'] if half < needed and half <= free else []
    choices += ['use a GPU by device="cuda"'] if device.type == "cpu" else []
    raise ValueError(
        f"the checkpoint {name!r} has {size} and takes about {in_words(needed)} of memory, but {in_words(free)} are free; "
        f"{', '.join([*choices, 'close other programs'])}, or take a smaller one, such as spex-tiny."
    )


def in_words(size: int) -> str:
    """Bytes for a person.

    Examples
    --------
    >>> in_words(8_640_000_000), in_words(19_500_000)
    ('8.6 GB', '20 MB')
    """
    return f"{size / _BILLION:.1f} GB" if size >= _BILLION else f"{size / _MILLION:.0f} MB"


def _sizes(file: Path) -> Iterator[tuple[int, int]]:
    """Parameters and bytes of each tensor in a file, of which only the head is read."""
    with safe_open(file, framework="pt") as tensors:
        for key in tensors.keys():  # noqa: SIM118 - it is no mapping
            part = tensors.get_slice(key)
            count = prod(part.get_shape())
            yield count, count * _BYTES[part.get_dtype()]
