"""Instruction-following samples: what somebody types about a picture, the mask that it asks for, and what is to be answered.

The attributes in the question come from the spectral index alone, never from the label, as at inference nothing else is known. The
answer is written from the label and from what the index says inside and around it.
"""

import random
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.limits import Limits, keep_limited, part_of
from spexlab.evidence.measurement import Measurement, measure
from spexlab.evidence.prior import spectral_prior
from spexlab.language.instructions import Instruction
from spexlab.language.question import question_from
from spexlab.language.writing import evidence_words, explanation
from spexlab.places.labelled import Place
from spexlab.scene import pixel_size
from spexlab.scene.ground import pixel_areas
from spexlab.targets import COARSE_PIXEL, KNOWN_NEGATIVE, TARGETS, UNLABELLED, label_codes

SampleKind = Literal["one target", "several targets", "exclusion", "limit", "absent", "refused"]
KINDS: tuple[SampleKind, ...] = ("one target", "several targets", "exclusion", "limit", "absent", "refused")
"""What an instruction is like: the last that holds counts, so "the largest lake but no marsh" is a limit. "Absent": nothing of what
it names is there."""

REFUSAL = "Nothing that can be extracted was named. What can be asked for: {targets}."
"""Answer to an instruction that must be refused."""


class _Asking:
    """What follows from an instruction and what it is about."""

    target: str | None
    instruction: Instruction
    kind: SampleKind

    @property
    def untold(self) -> bool:
        """Whether there is a mask, but nothing that says what it is of."""
        return self.target is None and self.kind != "refused"

    @property
    def drawn(self) -> bool:
        """Whether the mask is what the model draws, which knows neither limits nor exclusions: those cut masks after it."""
        return self.target is not None and not self.instruction.limits and not self.instruction.exclude


@dataclass(frozen=True, eq=False)
class Sample(_Asking):
    """One instruction about one picture, and one mask.

    An instruction that names several targets makes several samples of the same picture: the released format knows one mask a
    record.

    Examples
    --------
    >>> from spexlab.spie import read_spie  # doctest: +SKIP
    >>> sample = read_spie("my-spie")[0]  # doctest: +SKIP
    >>> sample.instruction.text, sample.target, sample.mask.mean()  # doctest: +SKIP
    ('where are the lakes?', 'water', 0.08)
    """

    name: str
    """Identifier, unique in its set."""
    scene: xr.DataArray
    """Reflectance (band, y, x)."""
    instruction: Instruction
    """As typed, with all that it asks for."""
    target: str | None
    """What the mask is of; None where the instruction must be refused, or where a released record does not tell."""
    mask: NDArray[np.bool_]
    """(H, W) the target, without what the instruction leaves out; empty where it is absent or refused."""
    known: NDArray[np.bool_]
    """(H, W) where that is known; nothing is to be learnt elsewhere."""
    question: str
    """What the model is asked about the picture: SPIE's words with the index's regions."""
    evidence: str
    """What was measured, as the model reads it before it answers; "" where the instruction must be refused."""
    answer: str
    """What the model is to write from the evidence. What limits left is said before it, and not by the model, which sees none."""
    kind: SampleKind
    facts: dict[str, Any] = field(default_factory=dict)
    """Place, group, split, licence, sensor and the like; plain values, ready for JSON."""


@dataclass(frozen=True, eq=False)
class SampleRecord(_Asking):
    """What is known of a sample before its picture is read."""

    name: str
    instruction: Instruction
    target: str | None
    kind: SampleKind
    """Of a released record "one target" also where the mask turns out to be empty."""
    facts: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Known:
    """What a label says of one target in one picture."""

    present: NDArray[np.bool_]
    known: NDArray[np.bool_]


def known_targets(place: Place) -> dict[str, Known]:
    """Everything that a place's label says, target by target; what it knows nothing of is left out."""
    found, seen = {}, np.isfinite(place.scene.values).any(axis=0)
    for target in TARGETS:
        present, known = place.learnable(target)
        known = known & seen
        if known.any():
            found[target] = Known(present & known, known)
    return found


def asked_mask(instruction: Instruction, target: str, labels: dict[str, Known]) -> Known:
    """What an instruction wants of a target: without what it leaves out, cut to its limits."""
    present, known = labels[target].present, labels[target].known
    for other in instruction.exclude:
        present, known = present & ~labels[other].present, known & labels[other].known
    return Known(keep_limited(present & known, Limits.named(instruction.limits)), known)


def kind_of(instruction: Instruction, *, present: bool) -> SampleKind:
    """Sort an instruction; `present` tells whether anything of what it names is there."""
    if not instruction.include:
        return "refused"
    if not present:
        return "absent"
    if instruction.limits:
        return "limit"
    if instruction.exclude:
        return "exclusion"
    return "several targets" if len(instruction.include) > 1 else "one target"


def make_samples(
    scene: xr.DataArray, instruction: Instruction, labels: dict[str, Known], *, name: str, rng: random.Random, facts: dict[str, Any]
) -> list[Sample]:
    """Make the samples of one instruction about one picture.

    Parameters
    ----------
    scene : xarray.DataArray
        (band, y, x) reflectance.
    instruction : Instruction
        Everything that it names must be in `labels`.
    labels : dict of str to Known
        What the label says of the picture.
    name : str
        Identifier of the first sample; further ones have a number after it.
    rng : random.Random
        Chooses the answer's wording.
    facts : dict
        Kept with each sample.
    """
    if not instruction.include:
        nothing = np.zeros(scene.shape[1:], bool)
        answer = REFUSAL.format(targets=", ".join(TARGETS))
        return [
            Sample(name, scene, instruction, None, nothing, ~nothing, "<image>\n" + instruction.text, "", answer, "refused", facts)
        ]
    asked = {target: asked_mask(instruction, target, labels) for target in instruction.include}
    whole = {target: asked_mask(replace(instruction, limits=()), target, labels).present for target in asked}
    kind = kind_of(instruction, present=any(one.present.any() for one in asked.values()))
    samples = []
    for number, (target, one) in enumerate(asked.items()):
        prior = spectral_prior(scene, target)
        looked_at = one.known & part_of((scene.sizes["y"], scene.sizes["x"]), Limits.named(instruction.limits))
        measured = measure(
            one.present, target=target, valid=looked_at, prior=prior, found=whole[target], pixel_area=pixel_areas(scene)
        )
        sample = Sample(
            name=name if number == 0 else f"{name}-{number + 1}",
            scene=scene,
            instruction=instruction,
            target=target,
            mask=one.present,
            known=one.known,
            question=question_from(target, prior).text,
            evidence=evidence_words(measured),
            answer=_answer(measured, rng),
            kind=kind,
            facts=facts,
        )
        samples.append(sample)
    return samples


def place_of(sample: Sample) -> Place:
    """A sample's picture as a place to measure on, whose label tells of the sample's target alone.

    Raises
    ------
    ValueError
        If the sample's mask is not what a model draws.
    """
    if not sample.drawn:
        raise ValueError(f"a place shows a target without limits or exclusions, and {sample.name!r} is none such; leave it out.")
    target, facts = str(sample.target), sample.facts
    labels = np.where(sample.mask, min(label_codes(target)), KNOWN_NEGATIVE).astype(np.uint8)
    labels[~sample.known] = UNLABELLED
    seen = TARGETS[target].at_coarse if (pixel_size(sample.scene) or 0) >= COARSE_PIXEL else target
    return Place(sample.name, str(facts.get("group", sample.name)), sample.scene, labels, complete_for=(seen,), extra=facts)


def _answer(measured: Measurement, rng: random.Random) -> str:
    """The explanation, and what passes for the target."""
    text, target = explanation(measured, rng), TARGETS[measured.target]
    passes = target.lookalikes[0].upper() + target.lookalikes[1:]
    return f"{text} {passes} can look like {'them' if target.plural else 'it'}." if measured.pixels else text
