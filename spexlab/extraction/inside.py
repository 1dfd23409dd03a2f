"""How a checkpoint sees a tile: the scales of its features, the tokens that prompt its mask decoder, and where that looks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray

from spexlab.extraction.engine import Engine
from spexlab.language.question import Question, question_about

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Inside:
    """What happens between pixels and mask for one target in one tile."""

    question: Question
    """What the language model is asked, and the prior."""
    levels: tuple[Floats, ...]
    """Features of the backbone, (C, h, w) each, the finest scale first."""
    tokens: Floats
    """(P, D) what the states of the mask tokens are condensed into: the prompt of the mask decoder."""
    attention: Floats
    """(1 + P, h, w) where the decoder's last step looks, for its mask token and each condensed token; each map sums to one."""
    logits: Floats
    """(H, W) the answer, before calibration."""

    def components(self, level: int) -> Floats:
        """First three principal components of a level as colours, (h, w, 3) in 0-1: cells of one colour look alike."""
        features = self.levels[level]
        pixels = features.reshape(len(features), -1).T
        _, _, axes = np.linalg.svd(pixels - pixels.mean(axis=0), full_matrices=False)
        shown = (pixels - pixels.mean(axis=0)) @ axes[:3].T
        low, high = np.percentile(shown, (2, 98), axis=0)
        colours: Floats = np.clip((shown - low) / np.maximum(high - low, 1e-6), 0, 1).astype(np.float32)
        return colours.reshape(*features.shape[1:], 3)


@torch.inference_mode()
def look_inside(model: Engine, tile: xr.DataArray, targets: Sequence[str]) -> dict[str, Inside]:
    """Follow a tile through the network, once for each target.

    Parameters
    ----------
    model
        From `spexlab.load_model`.
    tile
        Reflectance (band, y, x), at most `model.window` pixels a side.
    targets
        Some of `model.targets`.

    Returns
    -------
    dict
        By target.

    Raises
    ------
    ValueError
        If the tile is larger than a window, or the checkpoint does not know a target.
    """
    unknown = [target for target in targets if target not in model.targets]
    if unknown:
        raise ValueError(f"{model.name} knows {', '.join(model.targets)}, but {', '.join(unknown)} was asked for")
    if max(tile.sizes["y"], tile.sizes["x"]) > model.window:
        raise ValueError(f"a tile must be at most {model.window} pixels a side, but it is {tile.sizes['y']} x {tile.sizes['x']}")
    with _noting(model.model.backbone) as maps:
        features = model.model.encode(**model.tensors(tile))
    levels = tuple(_array(level[0]) for level in maps[0].feature_maps)
    decoder = model.model.mask_decoder
    found = {}
    for target in targets:
        question = question_about(tile, target)
        ids = torch.tensor([model.processor.question(question.text, size=features.size)], device=model.model.device)
        dense = model.processor.priors([question.dense], size=features.size).to(model.model.device, model.model.dtype)
        with _weights_kept(decoder.config), _noting(decoder.transformer.final_attn_token_to_image) as looks:
            masks = model.model.segment(features, ids, torch.ones_like(ids), prior=dense)
        attention = _attention(looks[0][1], prompts=masks.prompts.shape[1], size=features.embedding.shape[-2:])
        found[target] = Inside(question, levels, _array(masks.prompts[0]), attention, _array(masks.logits[0]))
    return found


def _attention(weights: torch.Tensor, *, prompts: int, size: Sequence[int]) -> Floats:
    """Maps (1 + P, h, w) of weights (1, heads, tokens, cells): of the mask token, the second, and of the prompts, the last."""
    tokens = weights[0].mean(dim=0)
    chosen = torch.cat([tokens[1:2], tokens[-prompts:]])
    return _array(chosen.reshape(-1, *size))


@contextmanager
def _noting(module: torch.nn.Module) -> Iterator[list[Any]]:
    """Keep what a part of the network gives."""
    noted: list[Any] = []
    handle = module.register_forward_hook(lambda _module, _arguments, output: noted.append(output))
    try:
        yield noted
    finally:
        handle.remove()


@contextmanager
def _weights_kept(config: Any) -> Iterator[None]:
    """Attend in the way that gives its weights: the fast one never has them."""
    before = config._attn_implementation
    config._attn_implementation = "eager"
    try:
        yield
    finally:
        config._attn_implementation = before


def _array(tensor: torch.Tensor) -> Floats:
    return tensor.float().cpu().numpy()
