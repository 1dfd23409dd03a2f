"""`spexlab pretrain` and `spexlab finetune`: the two stages of training, from labelled scenes or simulated ones."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from spexlab.cli.app import require

if TYPE_CHECKING:
    from spexlab.places import Place, PlaceMixture
    from spexlab.spie import Sample
    from spexlab.training import TrainingRun

SIMULATED, SHARE = 84, 0.1
"""Simulated scenes, and shares of the labelled places to validate on and to keep apart, unless told."""

OutOption = Annotated[Path, typer.Option(help="The run's folder: status, curves, checkpoints, and the model at the end.")]
DataOption = Annotated[Path | None, typer.Option(help="Labelled scenes: manifest.json, scenes/, labels/.")]
SimulatedOption = Annotated[
    int | None, typer.Option(min=0, show_default=str(SIMULATED), help="Number of simulated scenes beside them.")
]
ValidationOption = Annotated[
    float | None, typer.Option(min=0.0, max=0.5, show_default=str(SHARE), help="Share of the places to validate on.")
]
HeldOutOption = Annotated[
    float | None, typer.Option(min=0.0, max=0.5, show_default=str(SHARE), help="Share kept apart for `spexlab evaluate`.")
]
StepsOption = Annotated[int, typer.Option(help="Optimiser steps.")]
BatchOption = Annotated[int, typer.Option(help="Samples in a step, in each process.")]
RateOption = Annotated[float, typer.Option(help="Highest learning rate.")]
EveryOption = Annotated[int, typer.Option(help="Steps between checkpoints, validations and pictures.")]
PatienceOption = Annotated[int | None, typer.Option(help="Stop after so many validations without a better IoU.")]
SkipOption = Annotated[bool, typer.Option("--skip-broken", help="Skip and count samples that cannot be read.")]
CheckpointingOption = Annotated[bool, typer.Option("--gradient-checkpointing", help="Less memory, about a third more time.")]
SeedOption = Annotated[int, typer.Option(help="Of weights, samples and dropout.")]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint in --out.")]


def pretrain(  # noqa: PLR0913 - the options of a command
    *,
    out: OutOption,
    data: DataOption = None,
    unlabelled: Annotated[list[Path] | None, typer.Option(help="A scene without labels; may be given again.")] = None,
    simulated: SimulatedOption = None,
    validation_share: ValidationOption = None,
    held_out_share: HeldOutOption = None,
    steps: StepsOption = 2000,
    batch_size: BatchOption = 6,
    learning_rate: RateOption = 1e-3,
    every: EveryOption = 100,
    patience: PatienceOption = None,
    skip_broken: SkipOption = False,
    gradient_checkpointing: CheckpointingOption = False,
    seed: SeedOption = 0,
    resume: ResumeOption = False,
) -> None:
    """Train a backbone that reads any bands, in a UperNet."""
    from spexlab.training import PretrainSettings
    from spexlab.training import pretrain as train

    _check_out(out, resume=resume)
    common = _common(every, patience, seed, skip_broken=skip_broken, gradient_checkpointing=gradient_checkpointing)
    settings = PretrainSettings(steps=steps, batch_size=batch_size, learning_rate=learning_rate, **common)
    shares = (validation_share, held_out_share)
    mixture, validation = _places(data, unlabelled or [], simulated, shares=shares, seed=seed)
    with _progress(out):
        run = train(mixture, out=out, settings=settings, validation=validation, resume=resume)
    _report(run)


def finetune(  # noqa: PLR0913 - as above
    *,
    out: OutOption,
    data: DataOption = None,
    spie: Annotated[Path | None, typer.Option(help="SPIE samples (`spexlab build-spie`) in place of labelled scenes.")] = None,
    simulated: SimulatedOption = None,
    model: Annotated[str, typer.Option(help="The checkpoint to start from: its name or folder.")] = "spex-tiny",
    backbone: Annotated[Path | None, typer.Option(help="model/backbone of a run of `spexlab pretrain`, to start from.")] = None,
    lora: Annotated[
        bool, typer.Option("--lora", help="Learn adapters of the language model's attention, not all weights.")
    ] = False,
    rank: Annotated[int | None, typer.Option(help="Rank of the adapters of --lora; 8 unless told.")] = None,
    validation_share: ValidationOption = None,
    held_out_share: HeldOutOption = None,
    steps: StepsOption = 600,
    batch_size: BatchOption = 6,
    learning_rate: RateOption = 3e-4,
    every: EveryOption = 100,
    patience: PatienceOption = None,
    skip_broken: SkipOption = False,
    gradient_checkpointing: CheckpointingOption = False,
    seed: SeedOption = 0,
    resume: ResumeOption = False,
) -> None:
    """Tune a checkpoint to follow instructions, whole or by LoRA."""
    from spexlab.training import FinetuneSettings, LoraSettings
    from spexlab.training import finetune as train

    if spie is not None:
        _check_alone(data=data, simulated=simulated, validation_share=validation_share, held_out_share=held_out_share)
    if lora:
        require("peft")
    elif rank is not None:
        raise ValueError("--rank is that of the adapters of --lora, without which it has no effect; add --lora or leave it out.")
    _check_out(out, resume=resume)
    common = _common(every, patience, seed, skip_broken=skip_broken, gradient_checkpointing=gradient_checkpointing)
    adapters = LoraSettings(rank=LoraSettings().rank if rank is None else rank) if lora else None
    settings = FinetuneSettings(steps=steps, batch_size=batch_size, learning_rate=learning_rate, lora=adapters, **common)
    shares = (validation_share, held_out_share)
    learnt, validation = _samples(spie) if spie is not None else _places(data, [], simulated, shares=shares, seed=seed)
    with _progress(out):
        run = train(
            learnt,
            out=out,
            model=model,
            settings=settings,
            validation=validation,
            backbone=backbone,
            resume=resume,
        )
    _report(run)


def _check_alone(**given: Any) -> None:
    """Refuse options that would have no effect beside --spie."""
    named = [f"--{name.replace('_', '-')}" for name, value in given.items() if value is not None]
    if named:
        raise ValueError(
            f"--spie is a set of its own, parted by `spexlab build-spie --split`, beside which {named[0]} has no effect; leave out "
            "one of them."
        )


def _check_out(out: Path, *, resume: bool) -> None:
    """Find what is wrong with the run's folder before places are opened or simulated."""
    from spexlab.scene.outputs import check_folder
    from spexlab.training.run import check_free

    check_folder(out)
    if not resume:
        check_free(out)


def _common(every: int, patience: int | None, seed: int, *, skip_broken: bool, gradient_checkpointing: bool) -> dict[str, Any]:
    return {
        "validate_every": every,
        "snapshot_every": every,
        "save_every": every,
        "patience": patience,
        "broken": "skip" if skip_broken else "raise",
        "gradient_checkpointing": gradient_checkpointing,
        "seed": seed,
    }


def _places(
    data: Path | None, unlabelled: list[Path], simulated: int | None, *, shares: tuple[float | None, float | None], seed: int
) -> tuple["PlaceMixture", list["Place"]]:
    """What to learn from, and what to measure on: real places where there are any. What is kept apart is in neither."""
    from spexlab.places import PlaceMixture, open_places, pseudo_labelled, simulated_places, split_by_group
    from spexlab.scene import open_scene

    labelled = [place for place in open_places(data) if place.trainable and place.labels.any()] if data else []
    looked_at, apart = (SHARE if share is None else share for share in shares)
    real = split_by_group(labelled, held_out=apart, validation=looked_at)
    simulate = simulated_places(SIMULATED if simulated is None else simulated, seed=seed)
    drawn = split_by_group(simulate, held_out=0.0, validation=0.0 if real["validation"] else looked_at)
    sure = [place for path in unlabelled for place in pseudo_labelled(open_scene(path), name=str(path))]
    return PlaceMixture.by_scale(real["training"], drawn["training"], sure), real["validation"] or drawn["validation"]


def _samples(folder: Path) -> tuple[Sequence["Sample"], Sequence["Sample"]]:
    """What to learn from, and what to measure on, as a set is split."""
    from spexlab.spie import has_part, read_spie

    validation = read_spie(folder, part="validation") if has_part(folder, "validation") else ()
    return read_spie(folder, part="train"), validation


@contextmanager
def _progress(out: Path) -> Iterator[None]:
    """Steps as they are taken, on a terminal only; elsewhere the run's folder tells."""
    from rich.progress import Progress

    from spexlab.training import TrainingRun

    console, over, run = Console(stderr=True), threading.Event(), TrainingRun(out)
    bar = Progress(console=console, transient=True, disable=not console.is_terminal)
    with bar, ThreadPoolExecutor(max_workers=1) as pool:
        task = bar.add_task("training", total=None)

        def follow() -> None:
            while not over.wait(1.0):
                bar.update(task, completed=run.step, total=run.total_steps or None)

        pool.submit(follow)
        try:
            yield
        finally:
            over.set()


def _report(run: "TrainingRun") -> None:
    print(f"{run.state} after {run.step} of {run.total_steps} steps ({run.message}): {run.model}")
