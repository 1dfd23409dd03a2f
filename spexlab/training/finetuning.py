"""Stage 2: SPEX follows instructions. Mask, words and targets are tuned together, with all weights or by adapters."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
import xarray as xr
from torch import Tensor, nn
from transformers import AutoModel

from spexlab.extraction import Spex, load_model
from spexlab.extraction.calibration import Cut
from spexlab.extraction.seen import PlaceRecord, SeenPlaces
from spexlab.language.question import question_about
from spexlab.model.configuration import SpexConfig
from spexlab.model.processor import SpexProcessor
from spexlab.model.spex import SpexForExtraction
from spexlab.places import Place
from spexlab.places.mixture import PlaceMixture
from spexlab.spie import Sample, SampleRecord, SpieSet, place_of
from spexlab.training.calibration import MIN_GROUPS, calibrate, table
from spexlab.training.judging import Judge
from spexlab.training.lessons import PlaceLessons, SpieLessons, Writer
from spexlab.training.loop import Stage, run_stage
from spexlab.training.lora import adapted, merged, unwrapped
from spexlab.training.run import TrainingRun
from spexlab.training.settings import FinetuneSettings
from spexlab.training.trainee import LessonCollator, SpexTrainee


def finetune(
    data: Sequence[Place] | PlaceMixture | Iterable[Sample],
    *,
    out: str | Path,
    model: str | Path | Spex = "spex-tiny",
    settings: FinetuneSettings | None = None,
    validation: Sequence[Place] | Iterable[Sample] = (),
    backbone: str | Path | None = None,
    resume: bool = False,
) -> TrainingRun:
    """Tune SPEX to follow instructions about land cover.

    Parameters
    ----------
    data
        Labelled places, from which samples are drawn on the fly, or SPIE samples (`spexlab.spie.read_spie`).
    out
        The run's folder. At the end ``model/`` holds the tuned checkpoint, which `spexlab.load_model` reads; adapters are merged.
        Its ``places.json`` lists what it has seen, with what the checkpoint that it starts from has. Its masks are cut where the
        places to validate on say, or at one half of the probability where they are too few.
    model
        The checkpoint to start from: its name or folder, or a loaded one, which stays as it is.
    settings
        How to train.
    validation
        Places or samples to measure on; the first is drawn in the run's snapshots. Without them there is neither.
    backbone
        ``model/backbone`` of a run of `pretrain`: its weights take the place of the checkpoint's.
    resume
        Go on from the folder's last checkpoint, or from the beginning if there is none yet.

    Raises
    ------
    ValueError
        If there is nothing to learn from, or the backbone has another shape than the checkpoint's.
    BrokenSampleError
        If a sample cannot be made, unless broken samples are to be skipped.
    """
    settings = settings or FinetuneSettings()
    start = model if isinstance(model, Spex) else load_model(model, device="cpu", dtype=torch.float32)
    learnt, (kept, shown) = _learnt(data), _looked_at(validation)
    stage = Stage(
        build=lambda: _build(start, backbone, settings),
        source=_source(learnt, start, settings),
        collate=LessonCollator(start.processor, start.model.config),
        save=partial(_save, start.processor, shown),
        places=SeenPlaces.of(map(_known_as, _every(learnt)), map(_known_as, kept)).after(*_seen_before(start, backbone)),
        judge=Judge(partial(_ask, start.processor), shown) if shown else None,
    )
    return run_stage(stage, out=out, settings=settings, resume=resume)


def _learnt(data: Any) -> PlaceMixture | Sequence[Sample]:
    if isinstance(data, PlaceMixture | SpieSet):
        return data
    listed = list(data)
    return listed if listed and isinstance(listed[0], Sample) else PlaceMixture.of(listed)


def _looked_at(validation: Any) -> tuple[Sequence[Place | Sample | SampleRecord], list[Place]]:
    """What is kept from learning, and of it the places to measure on."""
    if isinstance(validation, SpieSet):
        return validation.entries, [place_of(sample) for sample in validation.only(lambda entry: entry.drawn)]
    kept = list(validation)
    return kept, [place_of(one) if isinstance(one, Sample) else one for one in kept if isinstance(one, Place) or one.drawn]


def _source(learnt: PlaceMixture | Sequence[Sample], start: Spex, settings: FinetuneSettings) -> PlaceLessons | SpieLessons:
    writer = Writer(start.processor, 1.0 if start.model.config.condense == "answer" else settings.explained)
    return PlaceLessons(learnt, writer, settings) if isinstance(learnt, PlaceMixture) else SpieLessons(learnt, writer, settings)


def _every(learnt: PlaceMixture | Sequence[Sample]) -> Sequence[Place | Sample | SampleRecord]:
    if isinstance(learnt, SpieSet):
        return learnt.entries
    return learnt.places if isinstance(learnt, PlaceMixture) else learnt


def _known_as(one: Place | Sample | SampleRecord) -> Place | PlaceRecord:
    """The place that a sample was made of, where its set tells."""
    if isinstance(one, Place):
        return one
    name = one.facts.get("place", one.name)
    return {"name": name, "group": one.facts.get("group", name), "licence": one.facts.get("licence")}


def _seen_before(start: Spex, backbone: str | Path | None) -> list[SeenPlaces]:
    """What weights have seen that were read from somewhere; those that were made in this process have seen nothing."""
    origins = [(start.model.name_or_path, start.name), (backbone or "", str(backbone))]
    return [SeenPlaces.before(origin, name=name) for origin, name in origins if origin]


def _build(start: Spex, backbone: str | Path | None, settings: FinetuneSettings) -> nn.Module:
    model = SpexTrainee(start.model.config)
    model.load_state_dict(start.model.state_dict())
    if backbone is not None:
        _take_over(model.backbone, backbone)
    return model if settings.lora is None else adapted(model, settings.lora)


def _take_over(backbone: nn.Module, folder: str | Path) -> None:
    """Copy the weights of a pretrained backbone."""
    if not (Path(folder) / "config.json").is_file():
        raise ValueError(f"no backbone lies in {str(folder)!r}; give the folder `model/backbone` of a run of spexlab pretrain.")
    trained: Any = AutoModel.from_pretrained(folder, use_safetensors=True, local_files_only=True)
    ours, theirs = ({name: tuple(w.shape) for name, w in one.state_dict().items()} for one in (backbone, trained))
    if ours != theirs:
        other = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
        raise ValueError(
            f"the backbone in {str(folder)!r} must have the checkpoint's shape, but {len(other)} of its weights differ, "
            f"{other[0]} among them; pretrain with `backbone=` set to the checkpoint's vision_config."
        )
    backbone.load_state_dict(trained.state_dict())


def _ask(processor: SpexProcessor, trained: nn.Module, scene: xr.DataArray, targets: Sequence[str]) -> tuple[Tensor, list[Cut]]:
    """Masks as `extract` makes them: the same question, and the model's own cuts."""
    spex = Spex(unwrapped(trained), processor)
    features, _ = spex.encode(scene)
    answers = (spex.segment(features, question_about(scene, target)) for target in targets)
    logits = torch.stack([torch.from_numpy(answer.logits) for answer in answers])
    return logits, [spex.calibration.cut(target, scene) for target in targets]


def _save(processor: SpexProcessor, shown: Sequence[Place], trained: nn.Module, folder: Path) -> str:
    """Write the checkpoint; its cuts are chosen anew, as those of the start were made for other weights."""
    network = merged(trained)
    plain = SpexForExtraction(cast("SpexConfig", deepcopy(network.config)))
    plain.load_state_dict(network.state_dict())
    chosen = calibrate(Spex(cast("Any", plain).to(network.device), processor), shown)
    plain.config.calibration = table(chosen) or None
    plain.save_pretrained(folder)
    processor.save_pretrained(folder)
    if chosen:
        return f"{len(chosen)} cuts chosen on {len(shown)} validation places"
    return f"masks are cut at one half: {len(shown)} validation places, and no target in {MIN_GROUPS} groups of them, to choose by"
