"""Where checkpoints come from: spexlab itself, a folder, or Hugging Face; safetensors only, never remote code."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from spexlab.extraction.engine import Spex
from spexlab.model.processor import SpexProcessor
from spexlab.model.spex import SpexForExtraction

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"
"""Where the checkpoints lie that come with spexlab."""


def load_model(
    name: str | Path = "spex-tiny",
    *,
    device: str | torch.device = "auto",
    dtype: str | torch.dtype = "auto",
) -> Spex:
    """Load a checkpoint.

    Parameters
    ----------
    name : str or Path
        A checkpoint that comes with spexlab, a folder written by `save_pretrained`, or a Hugging Face id ("owner/name"), which is
        the only one that may need the network.
    device : str or torch.device
        "auto" takes the GPU if there is one.
    dtype : str or torch.dtype
        "auto" is the checkpoint's own.

    Raises
    ------
    ValueError
        If there is no such checkpoint, or the folder holds none.
    """
    folder = _find(str(name))
    chosen = torch.device("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else torch.device(device)
    try:
        model: Any = SpexForExtraction.from_pretrained(folder, dtype=dtype, use_safetensors=True)
        processor = SpexProcessor.from_pretrained(folder)
    except (OSError, KeyError) as error:
        raise ValueError(f"no SPEX checkpoint could be read from {str(name)!r} ({_first_line(error)}); {_known()}") from error
    return Spex(model.to(chosen), processor, name=Path(name).name, checkpoint=_sha256(Path(folder)))


@lru_cache(maxsize=2)
def shared_model(name: str) -> Spex:
    """A checkpoint loaded once, with the features it keeps: what `extract` uses when told a name."""
    return load_model(name)


def _find(name: str) -> str:
    """Folder or Hugging Face id of a checkpoint."""
    for folder in (Path(name).expanduser(), CHECKPOINTS / name):
        if (folder / "config.json").is_file():
            return str(folder)
    is_hub_id = name.count("/") == 1 and not name.startswith((".", "/", "~")) and not Path(name).exists()
    if not is_hub_id:
        raise ValueError(f"there is no checkpoint {name!r}; {_known()}")
    return name


def _known() -> str:
    bundled = sorted(folder.parent.name for folder in CHECKPOINTS.glob("*/config.json"))
    return (
        f"give one of {', '.join(bundled) or 'none (none is bundled)'}, a folder written by save_pretrained, or a Hugging Face id."
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        digest.update(file.read_bytes())
    return digest.hexdigest() if folder.is_dir() else ""
