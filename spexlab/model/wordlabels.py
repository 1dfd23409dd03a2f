"""Labels of words: which of them are learnt, and which are the answer."""

import torch
from torch import Tensor
from torch.nn import functional as F

IGNORE = -100
"""Label of a token that carries no loss, as everywhere in transformers."""


def answer_span(labels: Tensor) -> Tensor:
    """The last run of labelled tokens in each row, boolean (B, L).

    Trailing -100 are skipped, then the span reaches back to the -100 before it (the authors' ``find_indices``): with their
    labels this is the answer with its closing tokens and the five structure tokens in front of it.

    Raises
    ------
    ValueError
        If a row has no label at all.
    """
    labelled = labels != IGNORE
    if not labelled.any(dim=1).all():
        message = "every row needs at least one labelled token to condense; a row of `labels` is -100 throughout."
        raise ValueError(message)
    positions = torch.arange(labels.shape[1], device=labels.device)
    last = (positions * labelled).amax(dim=1, keepdim=True)
    gaps = torch.where(~labelled & (positions < last), positions, -1).amax(dim=1, keepdim=True)
    return (positions > gaps) & (positions <= last)


def next_word_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross entropy of logits (B, L, V) with the labelled tokens (B, L) that follow them; 0 if there are none."""
    wanted = labels[:, 1:].flatten()
    total = F.cross_entropy(logits[:, :-1].flatten(0, 1).float(), wanted, ignore_index=IGNORE, reduction="sum")
    return total / (wanted != IGNORE).sum().clamp(min=1)
