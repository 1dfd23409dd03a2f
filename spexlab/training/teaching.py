"""A short lesson: a checkpoint learns from samples that somebody kept, by LoRA, beside whatever else is done."""

from pathlib import Path

from spexlab.extraction import Spex
from spexlab.places import open_places
from spexlab.training.background import BackgroundRun, in_background
from spexlab.training.finetuning import finetune
from spexlab.training.settings import FinetuneSettings, LoraSettings

_PARTS = ("land_cover", "refiner", "mask_decoder")
"""What reads the pixels and draws the mask: learnt whole, while the language model gets adapters."""


def lesson(steps: int) -> FinetuneSettings:
    """Settings of a lesson that takes a few minutes on two cores."""
    often = max(1, steps // 4)
    return FinetuneSettings(
        steps=steps,
        batch_size=4,
        sizes=(64,),
        learning_rate=5e-4,
        warmup=min(5, steps),
        targets=1,
        instructions=4,
        validate_every=often,
        snapshot_every=often,
        save_every=often,
        lora=LoraSettings(whole=_PARTS),
    )


def teach_from(samples: str | Path, *, out: str | Path, model: str | Path | Spex = "spex-tiny", steps: int = 80) -> BackgroundRun:
    """Fine-tune a checkpoint on kept samples (`Extraction.to_labels`), in the background.

    Parameters
    ----------
    samples
        Folder of labelled scenes. They are learnt from and looked at: how well it then does elsewhere, other scenes have to tell.
    out
        Folder of the run, which `TrainingMonitor` watches; at its end ``model/`` holds what was learnt.
    model
        The checkpoint to start from, which stays as it is.
    steps
        How long it learns.

    Raises
    ------
    ValueError
        If the folder holds no labelled scenes.
    OSError
        If it cannot be read.
    """
    places = list(open_places(samples))
    if not places:
        raise ValueError(f"{str(samples)!r} must hold kept samples, but it holds none; keep one first.")
    return in_background(finetune, places, out=out, model=model, settings=lesson(steps), validation=places[:2])
