"""What masks are trained for."""

import torch
from torch import Tensor
from torch.nn import functional as F

from spexlab.model.heads import bce_loss


def overlap_loss(logits: Tensor, present: Tensor, known: Tensor) -> Tensor:
    """Soft Jaccard distance of each mask that shows its target, and half as much cross entropy.

    SPEX's own loss, 2 x BCE + Dice, pools pixels: with most crops free of the target, a model learns to pass over small lakes that
    the index alone had found. Places are judged by intersection over union, so that is what is trained.

    Parameters
    ----------
    logits
        (N, H, W).
    present, known
        Truth in 0-1, and where it is known, (N, H, W). Masks of which nothing is known do not count.

    Returns
    -------
    Tensor
        Scalar; 0 if nothing at all is known.
    """
    probability, truth = logits.sigmoid() * known, present * known
    both = (probability * truth).flatten(1).sum(1)
    either = (probability + truth - probability * truth).flatten(1).sum(1)
    shown = truth.flatten(1).any(1)
    asked = known.flatten(1).any(1).sum()
    jaccard = ((1 - both / either.clamp(min=1)) * shown).sum() / asked.clamp(min=1)
    return 0.5 * bce_loss(logits, present, known) + jaccard


def taught_loss(logits: Tensor, taught: Tensor) -> Tensor:
    """Cross entropy with what a teacher says, in probabilities; NaN where it says nothing.

    Parameters
    ----------
    logits, taught
        Of one shape.
    """
    known = taught.isfinite()
    loss = F.binary_cross_entropy_with_logits(logits, torch.where(known, taught, 0.0), reduction="none")
    return (loss * known).sum() / known.sum().clamp(min=1)
