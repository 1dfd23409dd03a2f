"""The checkpoints of a run: from which of them it can go on."""

import json
import shutil
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import nn
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

_NEEDED = ("*.safetensors", "optimizer.*", "scheduler.pt", "rng_state*.pth", "trainer_state.json")
"""What a checkpoint must hold: without one of them transformers would go on all the same, and train something else."""


class BrokenCheckpointWarning(UserWarning):
    """A checkpoint cannot be read, and an earlier one is gone on from."""


def last_whole(folder: Path, *, main: bool = True) -> Path | None:
    """Find the newest checkpoint of a run that can be read; those after it are deleted, as nothing can go on from them.

    Parameters
    ----------
    folder
        The run's.
    main
        Whether this process is the one that writes.

    Returns
    -------
    Path or None
        None where there are no checkpoints.

    Raises
    ------
    ValueError
        If there are some, and all are broken.

    Warns
    -----
    BrokenCheckpointWarning
        If one is broken.
    """
    found = sorted((path for path in folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*") if _step(path) >= 0), key=_step, reverse=True)
    broken: dict[Path, str] = {}
    for checkpoint in found:
        problem = _problem(checkpoint)
        if not problem:
            if main:
                _drop(broken, gone_on_from=checkpoint.name)
            return checkpoint
        broken[checkpoint] = problem
    if broken:
        raise ValueError(
            f"a run goes on from a checkpoint that can be read, but {str(folder)!r} has none ({_told(broken)}); "
            "begin anew in another folder."
        )
    return None


def read_weights(model: nn.Module, folder: Path) -> None:
    """Read the weights, or the adapters, in a folder that a run saved into a model of the same shape."""
    if (folder / "adapter_model.safetensors").is_file():
        adapted: Any = model
        adapted.load_adapter(str(folder), adapted.active_adapters[0], is_trainable=True)
        return
    for file in sorted(folder.glob("*.safetensors")):
        # Of weights that are tied one is there; what has no place in the model was saved from another one.
        strange = model.load_state_dict(load_file(file), strict=False).unexpected_keys
        if strange:
            raise ValueError(f"{str(file)!r} must hold weights of this model, but {strange[0]} is none; take another folder.")


def _step(path: Path) -> int:
    number = path.name.removeprefix(f"{PREFIX_CHECKPOINT_DIR}-")
    return int(number) if number.isdecimal() else -1


def _problem(checkpoint: Path) -> str:
    """Say what is wrong with a checkpoint; "" where nothing is."""
    for pattern in _NEEDED:
        files = sorted(checkpoint.glob(pattern))
        if not files:
            return f"{pattern} is missing"
        for file in files:
            try:
                _check(file)
            except (OSError, ValueError, SafetensorError, zipfile.BadZipFile, zlib.error, EOFError) as error:
                return f"{file.name} is broken: {' '.join(str(error).split())}"
    return ""


def _check(file: Path) -> None:
    """Read a file as far as it takes to tell that it is whole."""
    if file.suffix == ".json":
        json.loads(file.read_text(encoding="utf-8"))
    elif file.suffix == ".safetensors":  # its header says how long it must be
        with safe_open(file, framework="pt"):
            return
    else:  # what torch saves is a ZIP archive, with sums of its parts
        with zipfile.ZipFile(file) as archive:
            bad = archive.testzip()
        if bad is not None:
            raise ValueError(f"the sum of {bad} is wrong")


def _drop(broken: dict[Path, str], *, gone_on_from: str) -> None:
    """Delete broken checkpoints, which would otherwise be kept as the newest, and say so."""
    if not broken:
        return
    warnings.warn(f"{_told(broken)}; the run goes on from {gone_on_from}.", BrokenCheckpointWarning, stacklevel=4)
    for checkpoint in broken:
        shutil.rmtree(checkpoint)


def _told(broken: dict[Path, str]) -> str:
    return "; ".join(f"{checkpoint.name}: {problem}" for checkpoint, problem in broken.items())
