"""Where checkpoints come from: spexlab itself, a folder, or Hugging Face; safetensors only, never remote code."""

import hashlib
import json
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import Any

import torch
from cachetools import LRUCache, cached
from transformers.utils import cached_file, logging

from spexlab.extraction.footprint import check_fits, footprint, in_words
from spexlab.extraction.scorecard import FILE, read_scorecard
from spexlab.extraction.spex import Spex
from spexlab.model.configuration import SpexConfig
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
        If there is no such checkpoint, the folder holds none, one that is broken, or one that needs more memory than is free.
    """
    folder = _find(str(name))
    _check_config(Path(folder))
    chosen = _device(device)
    precision = _precision(dtype, chosen)
    size = footprint(folder)
    if size is not None:
        check_fits(_name(folder), size, device=chosen, dtype=precision)
    with _no_bars():
        model, processor = _read(folder, precision, asked=str(name))
    weights = weights_hash(Path(folder))
    found = cached_file(folder, FILE, _raise_exceptions_for_missing_entries=False, _raise_exceptions_for_connection_errors=False)
    card = read_scorecard(found, checkpoint=weights)
    return Spex(model.to(chosen), processor, name=_name(folder), checkpoint=weights, scorecard=card)


def size_in_words(name: str | Path) -> str:
    """What loading a checkpoint by its name or folder takes, in words; "" where it has to be fetched first."""
    size, device = footprint(_find(str(name))), _device("auto")
    return "" if size is None else f"{size}, about {in_words(size.needed(_precision('auto', device)))} of memory"


def load_ahead(name: str | Path) -> None:
    """Have a checkpoint that comes with spexlab ready for who asks for it next; any other may be large, or have to be fetched."""
    if Path(_find(str(name))).parent == CHECKPOINTS:
        shared_model(str(name))


def _device(asked: str | torch.device) -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu") if asked == "auto" else torch.device(asked)


def _precision(asked: str | torch.dtype, device: torch.device) -> str | torch.dtype:
    return torch.float32 if asked == "auto" and device.type == "cpu" else asked


def _name(found: str) -> str:
    """What to call a checkpoint in results: its folder's name, or for the ``model`` in a run's folder the run's."""
    folder = Path(found).resolve() if Path(found).is_dir() else Path(found)
    return folder.parent.name if folder.name == "model" and folder.is_dir() else folder.name


def _check_config(folder: Path) -> None:
    """Refuse a folder whose config.json is none of SPEX: transformers would take another model's, or stumble over its form."""
    file = folder / "config.json"
    if not file.is_file():  # on Hugging Face
        return
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(
            f"{str(file)!r} must hold a JSON object, but it is no JSON ({error}); get the checkpoint again."
        ) from error
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind != SpexConfig.model_type:
        raise ValueError(
            f'{str(file)!r} must describe a SPEX checkpoint, with "model_type": "{SpexConfig.model_type}", but it holds '
            f"{f'the model type {kind!r}' if kind else 'none'}; {_known()}"
        )


def _read(folder: str, dtype: str | torch.dtype, *, asked: str) -> tuple[Any, SpexProcessor]:
    loading: dict[str, Any] = {"dtype": dtype, "use_safetensors": True, "output_loading_info": True}
    try:
        loaded: Any = SpexForExtraction.from_pretrained(folder, **loading)
        processor = SpexProcessor.from_pretrained(folder)
    except Exception as error:  # transformers, tokenizers and the hub share no kind of error
        raise ValueError(_unreadable(folder, asked, error)) from error
    model, report = loaded
    # transformers would go on with random numbers in their place.
    if report["missing_keys"] or report["mismatched_keys"]:
        count = len(report["missing_keys"]) + len(report["mismatched_keys"])
        raise ValueError(f"the checkpoint {asked!r} lacks {count} of the weights its config.json asks for; get it again.")
    broken = [name for name, weight in model.state_dict().items() if not torch.isfinite(weight).all()]
    if broken:
        raise ValueError(
            f"a checkpoint's weights must be finite numbers, but {len(broken)} of those of {asked!r} are not, {broken[0]} among "
            "them; get it again, or train on from an earlier one."
        )
    return model, processor


def _unreadable(folder: str, asked: str, error: Exception) -> str:
    """What to do about a checkpoint that cannot be read, by where it should be and how it failed."""
    reason = _first_line(error)
    if not Path(folder).is_dir():
        return (
            f"no SPEX checkpoint {asked!r} could be read from Hugging Face or from what was fetched before ({reason}); check its "
            "name and the network, or give a folder."
        )
    if "mismatched" in reason:
        reason = "its weights have other shapes than its config.json says"
    return f"no SPEX checkpoint could be read from {asked!r} ({reason}); {_known()}"


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
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(" .:")


def weights_hash(folder: Path) -> str:
    """SHA-256 of the weights in a folder, which tells one checkpoint from another; "" if there are none."""
    digest, files = hashlib.sha256(), sorted(folder.glob("*.safetensors"))
    for path in files:
        with path.open("rb") as file:
            hashlib.file_digest(file, lambda: digest)
    return digest.hexdigest() if files else ""
