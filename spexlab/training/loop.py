"""A run from its first step to the saved model, or from its last checkpoint on."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import EarlyStoppingCallback, PrinterCallback, TrainingArguments, set_seed
from transformers.utils import logging

from spexlab.extraction.seen import PLACES, SeenPlaces
from spexlab.scene.outputs import writing
from spexlab.training.averaging import Averaging
from spexlab.training.checkpoints import last_whole, read_weights
from spexlab.training.judging import Judge
from spexlab.training.lora import trainable
from spexlab.training.recording import SETTINGS, RunRecord, replace_folder
from spexlab.training.reporter import RunReporter
from spexlab.training.run import MODEL, TrainingRun, check_free, write_json
from spexlab.training.settings import TrainingSettings
from spexlab.training.sharding import is_sharded, whole_weights
from spexlab.training.stream import SampleStream, Source
from spexlab.training.trainer import BEST, METRIC, Collate, RunTrainer


@dataclass(frozen=True)
class Stage:
    """What a stage of training brings to the loop that both share."""

    build: Callable[[], nn.Module]
    """Makes the model, after the random numbers were seeded."""
    source: Source[Any, Any]
    """Where samples come from."""
    collate: Collate
    """List of samples -> keyword arguments of the model's forward."""
    save: Callable[[nn.Module, Path], str | None]
    """Writes the trained model to a folder; returns what there is to know of it, if anything."""
    places: SeenPlaces
    """What is learnt from and looked at, and what the weights that it starts from have seen."""
    judge: Judge | None = None
    """Measures the model, and draws what it sees; None: nothing is measured."""


def run_stage(stage: Stage, *, out: str | Path, settings: TrainingSettings, resume: bool) -> TrainingRun:
    """Train, and leave everything in a folder.

    Raises
    ------
    ValueError
        If the folder holds a run already and is not to be resumed, was trained with other settings, or none of its checkpoints can
        be read.
    OSError
        If a checkpoint cannot be written.
    """
    folder = Path(out)
    if settings.patience is not None and stage.judge is None:
        raise ValueError(f"patience={settings.patience} needs places to validate on; give some, or leave patience at None.")
    arguments = _arguments(folder, settings, validates=stage.judge is not None)
    seen = _seen(folder, stage.places, resume=resume)
    main = arguments.process_index == 0
    _claim(folder, settings, seen, resume=resume, main=main)
    begun = last_whole(folder, main=main) if resume else None
    with RunRecord(folder, main=main) as record, _quiet():
        set_seed(settings.seed)
        reporter = RunReporter(record, stage.judge, every=settings.snapshot_every)
        trainer = RunTrainer(
            stage.build(),
            SampleStream(stage.source, settings, processes=arguments.world_size),
            collate=stage.collate,
            judge=stage.judge,
            record=record,
            settings=settings,
            arguments=arguments,
        )
        if settings.average is not None and trainer.is_fsdp_enabled:
            raise ValueError(
                f"average={settings.average} needs all weights in each process; leave it at None, or train without FSDP."
            )
        learning, weights = trainable(trainer.network)
        record.say(f"{learning:,} of {weights:,} weights learn")
        trainer.remove_callback(PrinterCallback)
        trainer.add_callback(reporter)
        if settings.patience is not None:
            trainer.add_callback(EarlyStoppingCallback(settings.patience))
        averaging = None if settings.average is None else Averaging(trainer.network, settings.average)
        if averaging is not None:
            trainer.add_callback(averaging)
        trainer.train(resume_from_checkpoint=None if begun is None else str(begun))
        if trainer.state.global_step < settings.steps and not reporter.stopped:
            record.say(f"stopped early at step {trainer.state.global_step}: no better IoU in {settings.patience} validations")
        learnt = _learnt(trainer, stage, folder, averaged=None if averaging is None else averaging.model)
        note = None if learnt is None else _finish(stage, folder, learnt, seen)
        if note:
            record.add(note)
        record.state("stopped" if reporter.stopped else "finished")
    return TrainingRun(folder)


def bfloat16_pays() -> bool:
    """Whether this machine computes in bfloat16; a processor that has to make it up takes several times as long as in float32."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # noqa: SLF001 - no public name says the same


def _arguments(folder: Path, settings: TrainingSettings, *, validates: bool) -> TrainingArguments:
    on_cpu = not torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=settings.steps,
        per_device_train_batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=settings.warmup,
        weight_decay=settings.weight_decay,
        max_grad_norm=1.0,
        bf16=settings.mixed_precision and bfloat16_pays(),
        activation_checkpointing=settings.gradient_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False} if settings.gradient_checkpointing else None,
        seed=settings.seed,
        # Step by step: a mean over several would depend on where a run was resumed.
        logging_steps=1,
        logging_nan_inf_filter=False,
        eval_strategy="steps" if validates else "no",
        eval_steps=settings.validate_every,
        metric_for_best_model=METRIC if validates else None,
        greater_is_better=True,
        save_steps=settings.save_every,
        restore_callback_states_from_checkpoint=True,
        train_sampling_strategy="sequential",
        dataloader_num_workers=settings.workers,
        dataloader_pin_memory=not on_cpu,
        remove_unused_columns=False,
        # Heads that a batch does not ask for have no gradients in it.
        ddp_find_unused_parameters=True,
        use_cpu=on_cpu,
        disable_tqdm=True,
        report_to="none",
    )


def _claim(folder: Path, settings: TrainingSettings, seen: SeenPlaces, *, resume: bool, main: bool) -> None:
    """Make sure that the folder is this run's, and write down how and on what it trains."""
    decisive = json.loads(json.dumps(settings.decisive()))
    file = folder / SETTINGS
    if resume and file.exists():
        before = json.loads(file.read_text())
        changed = [name for name in decisive if before.get(name) != decisive[name]]
        if changed:
            told = ", ".join(f"{name} was {before.get(name)}, now {decisive[name]}" for name in changed)
            raise ValueError(f"a run is resumed with the settings it began with, but {told}; give these again, or another folder.")
    elif not resume and main:
        check_free(folder)
    if main:
        write_json(file, decisive)
        write_json(folder / PLACES, seen.to_dict())


def _seen(folder: Path, places: SeenPlaces, *, resume: bool) -> SeenPlaces:
    """What the run has seen by its end, also of other places before it was resumed."""
    file = folder / PLACES
    return places.after(SeenPlaces.load(file)) if resume and file.is_file() else places


def _learnt(trainer: RunTrainer, stage: Stage, folder: Path, *, averaged: nn.Module | None) -> nn.Module | None:
    """What to save, whole: the best model if early stopping kept it, else the averaged or the last; None in other processes."""
    last = trainer.network
    weights = whole_weights(trainer.accelerator, last) if is_sharded(last) else None
    if not trainer.args.should_save:
        return None
    if weights is not None:
        last = stage.build()
        last.load_state_dict(weights)
    if (folder / BEST).is_dir():
        read_weights(last, folder / BEST)
        return last
    return last if averaged is None else averaged


def _finish(stage: Stage, folder: Path, learnt: nn.Module, seen: SeenPlaces) -> str | None:
    """Save a model and what it has seen."""
    fresh = folder / f"{MODEL}.tmp"
    try:
        with writing(folder / MODEL):
            note = stage.save(learnt, fresh)
            for weights in {file.parent for file in fresh.rglob("*.safetensors")}:
                seen.write(weights)
            replace_folder(fresh, folder / MODEL)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return note


@contextmanager
def _quiet() -> Iterator[None]:
    """The folder tells how a run goes; what transformers would add on stderr is for its own loop."""
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
