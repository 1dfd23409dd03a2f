"""Where checkpoints come from: spexlab itself, a folder, or Hugging Face; safetensors only, never remote code."""

import hashlib
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import Any

import torch
from cachetools import LRUCache, cached
from safetensors import SafetensorError
from transformers.utils import cached_file, logging

from spexlab.extraction.scorecard import FILE, read_scorecard
from spexlab.extraction.spex import Spex
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
        "auto" is single precision on a CPU, which has few operators in half precision, else the checkpoint's own.

    Raises
    ------
    ValueError
        If there is no such checkpoint, or the folder holds none.
    """
    folder = _find(str(name))
    chosen = torch.device("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else torch.device(device)
    precision = torch.float32 if dtype == "auto" and chosen.type == "cpu" else dtype
    with _no_bars():
        model, processor = _read(folder, precision, asked=str(name))
    weights = weights_hash(Path(folder))
    card = read_scorecard(cached_file(folder, FILE, _raise_exceptions_for_missing_entries=False), checkpoint=weights)
    return Spex(model.to(chosen), processor, name=_name(folder), checkpoint=weights, scorecard=card)


def _name(found: str) -> str:
    """What to call a checkpoint in results: its folder's name, or for the ``model`` in a run's folder the run's."""
    folder = Path(found).resolve() if Path(found).is_dir() else Path(found)
    return folder.parent.name if folder.name == "model" and folder.is_dir() else folder.name


def _read(folder: str, dtype: str | torch.dtype, *, asked: str) -> tuple[Any, SpexProcessor]:
    try:
        loaded: Any = SpexForExtraction.from_pretrained(folder, dtype=dtype, use_safetensors=True, output_loading_info=True)
        processor = SpexProcessor.from_pretrained(folder)
    except (OSError, KeyError, SafetensorError) as error:
        raise ValueError(f"no SPEX checkpoint could be read from {asked!r} ({_first_line(error)}); {_known()}") from error
    model, report = loaded
    # transformers would go on with random numbers in their place.
    if report["missing_keys"] or report["mismatched_keys"]:
        count = len(report["missing_keys"]) + len(report["mismatched_keys"])
        raise ValueError(f"the checkpoint {asked!r} lacks {count} of the weights its config.json asks for; get it again.")
    return model, processor


@contextmanager
def _no_bars() -> Iterator[None]:
    # Reading a few megabytes is no event; transformers draws a bar for it on stderr.
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _state(name: str) -> tuple[Hashable, ...]:
    """What a name stands for now: the files of a folder that was trained into again are others than before."""
    folder = Path(_find(name)).resolve()
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    stats = ((file.name, file.stat()) for file in files)
    return name, str(folder), *((file, stat.st_ino, stat.st_mtime_ns, stat.st_size) for file, stat in stats)


@cached(LRUCache(maxsize=2), key=_state, condition=Condition())
def shared_model(name: str) -> Spex:
    """A checkpoint loaded once, and again when its files have changed: what `extract` uses when told a name."""
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


def weights_hash(folder: Path) -> str:
    """SHA-256 of the weights in a folder, which tells one checkpoint from another; "" if there are none."""
    digest, files = hashlib.sha256(), sorted(folder.glob("*.safetensors"))
    for path in files:
        with path.open("rb") as file:
            hashlib.file_digest(file, lambda: digest)
    return digest.hexdigest() if files else ""
