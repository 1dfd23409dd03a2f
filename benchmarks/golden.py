"""Read a folder of golden tensors; used by parity.py."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn


class GoldenError(Exception):
    """The folder cannot be compared; the message says why in one line."""


class Golden:
    """One golden file: its tensors, its configuration and the cases found in its keys."""

    def __init__(self, name: str, tensors: dict[str, Tensor], settings: dict[str, Any]) -> None:
        self.name = name
        self.tensors = tensors
        self.settings = settings

    def __getitem__(self, key: str) -> Tensor:
        if key not in self.tensors:
            message = f"{self.name} has no tensor {key!r}."
            raise GoldenError(message)
        return self.tensors[key]

    def __contains__(self, key: str) -> bool:
        return key in self.tensors

    @property
    def config(self) -> dict[str, Any]:
        """The file's ``config`` in golden.json."""
        return self.setting("config")

    def setting(self, name: str) -> Any:
        """A field of the file's entry in golden.json."""
        if name not in self.settings:
            message = f"golden.json has no {name!r} for {self.name}."
            raise GoldenError(message)
        return self.settings[name]

    def cases(self, kind: str = "in") -> list[str]:
        """Names of the cases that have tensors of a kind, in the order of the keys."""
        return list(dict.fromkeys(key.rpartition(f".{kind}.")[0] for key in self.tensors if f".{kind}." in key))

    def results(self) -> list[str]:
        """Keys of all tensors that somebody's model computed."""
        return [key for key in self.tensors if any(part in key for part in (".out.", ".grad.", ".alt."))]

    def under(self, prefix: str) -> dict[str, Tensor]:
        """Tensors whose key starts with a prefix, without it."""
        return {key.removeprefix(prefix): value for key, value in self.tensors.items() if key.startswith(prefix)}


def read_folder(folder: Path) -> Iterator[Golden]:
    """Every file that golden.json names."""
    try:
        entries = dict(json.loads((folder / "golden.json").read_text())["files"])
    except OSError as error:
        message = f"{folder / 'golden.json'} cannot be read ({error.strerror}): give a folder with golden tensors."
        raise GoldenError(message) from error
    except (ValueError, KeyError, TypeError) as error:
        message = f"{folder / 'golden.json'} must be JSON with an object 'files': {error!r}."
        raise GoldenError(message) from error
    if not entries:
        message = f"{folder / 'golden.json'} names no files."
        raise GoldenError(message)
    for name, settings in entries.items():
        try:
            tensors = load_file(folder / name)
        except (OSError, SafetensorError) as error:
            message = f"{folder / name} cannot be read: {error}."
            raise GoldenError(message) from error
        yield Golden(name, tensors, settings)


def load(module: nn.Module, weights: dict[str, Tensor], *, golden: Golden) -> None:
    """Load weights, all of them and nothing else, and switch off what is random."""
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        message = f"the weights of {golden.name} do not fit: {' '.join(str(error).split())}"
        raise GoldenError(message) from error
    module.eval()


def relative_difference(ours: Tensor, theirs: Tensor) -> float:
    """max|ours - theirs| / max|theirs|; infinite for another shape or NaN; 0 or 1 for whole numbers."""
    if ours.shape != theirs.shape:
        return float("inf")
    if not theirs.is_floating_point():
        return 0.0 if torch.equal(ours.to(theirs.dtype), theirs) else 1.0
    if not theirs.numel():
        return 0.0
    difference, scale = (ours.detach() - theirs).abs().max().item(), theirs.abs().max().item()
    if math.isnan(difference) or math.isnan(scale):
        return float("inf")
    return difference / scale if scale else difference


def released_mask(logits: Tensor, size: torch.Size) -> Tensor:
    """The authors' mask, thresholded before it is enlarged: (B, 1, h, w) -> (B, H, W) with grey edges."""
    return F.interpolate((logits > 0).float(), size=size, mode="bilinear", align_corners=False)[:, 0]
