"""From an answer and what somebody points at to the answer that obeys it, measured anew without a run."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from spexlab.evidence.limits import part_of
from spexlab.extraction.corrections import Correction, corrected_probability, marks_of
from spexlab.extraction.cutting import measured_anew
from spexlab.extraction.findings import Findings
from spexlab.scene.pointing import Pointed, PointedLike

Correctable = TypeVar("Correctable", bound=Findings)


def corrected(
    extraction: Correctable, *, target: str | None, inside: PointedLike | None, outside: PointedLike | None
) -> Correctable:
    """Correct an answer; see `Extraction.corrected`."""
    about = _target_of(extraction, target)
    said = [(wanted, Pointed.of(form)) for wanted, form in ((True, inside), (False, outside)) if form is not None]
    if not said:
        raise ValueError("a correction must point at something, but neither `inside` nor `outside` was given; give one of them.")
    new = [_correction(extraction, about, wanted, pointed) for wanted, pointed in said]
    _check_agreement([*(one for one in extraction.corrections if one.target == about), *new], before=len(new))
    return _with(extraction, (*extraction.corrections, *new), [about])


def undone(extraction: Correctable) -> Correctable:
    """Take the last correction back; see `Extraction.undone`."""
    if not extraction.corrections:
        raise ValueError("there is no correction to take back: none was made.")
    return _with(extraction, extraction.corrections[:-1], [extraction.corrections[-1].target])


def _with(extraction: Correctable, corrections: tuple[Correction, ...], changed: Iterable[str]) -> Correctable:
    """The answer with these corrections, of which those of some targets changed."""
    first = cast("Correctable", extraction.uncorrected or extraction)
    if not corrections and first.cuts == extraction.cuts:
        return first
    probability = extraction.probability.values.copy()
    for target in changed:
        number, threshold = extraction.targets.index(target), extraction.cuts[target].threshold
        mine, before = ([one for one in made if one.target == target] for made in (corrections, extraction.corrections))
        # What was carried under another threshold is carried anew.
        goes_on = mine[: len(before)] == before and threshold == first.cuts[target].threshold
        answered = (len(before), extraction.probability.values[number]) if goes_on else None
        probability[number] = corrected_probability(
            first.probability.values[number], threshold, mine, looks=extraction.looks, answered=answered
        )
    made = replace(
        extraction,
        probability=extraction.probability.copy(data=probability),
        corrections=corrections,
        uncorrected=first if corrections else None,
        provenance=extraction.provenance | {"corrections": [one.to_dict() for one in corrections]},
    )
    return measured_anew(made, changed)


def _target_of(extraction: Findings, target: str | None) -> str:
    targets = extraction.targets
    if target is None and len(targets) == 1:
        return targets[0]
    if target not in targets:
        given = "none was named" if target is None else f"{target!r} was given"
        raise ValueError(f"a correction is of one of the targets that were asked for, {', '.join(targets)}, but {given}; name one.")
    return target


def _correction(extraction: Findings, target: str, inside: bool, pointed: Pointed) -> Correction:  # noqa: FBT001 - two callers
    number = extraction.targets.index(target)
    shapes = list(_seen(extraction, number, pointed))
    wrong = extraction.mask.values[number] != inside
    marks = [mark for pixels in shapes for mark in marks_of(pixels, wrong=wrong)]
    return Correction(target, inside, pointed.to_geojson(), np.unique(np.concatenate(shapes)), tuple(marks))


def _seen(extraction: Findings, number: int, pointed: Pointed) -> Iterator[NDArray[np.intp]]:
    """The pixels of each shape that was looked at for a target."""
    known = np.isfinite(extraction.probability.values[number])
    looked_at = known & part_of((known.shape[0], known.shape[1]), extraction.evidence[number].want)
    for pixels in pointed.pixels(extraction.scene):
        seen = pixels[looked_at.flat[pixels]]
        if not seen.size:
            raise ValueError(
                "a correction must point at pixels that were looked at, but one points where there is no data, or outside the area "
                "or the part of it that was asked about; point elsewhere."
            )
        yield seen


def _check_agreement(corrections: Sequence[Correction], *, before: int) -> None:
    """Refuse the last ones where they contradict what was said of the same pixels."""
    for number in range(len(corrections) - before, len(corrections)):
        new = corrections[number]
        for one in corrections[:number]:
            both = np.intersect1d(new.pixels, one.pixels, assume_unique=True).size if one.inside != new.inside else 0
            if both:
                this, that = ("inside", "outside") if new.inside else ("outside", "inside")
                raise ValueError(
                    f"a pixel of {new.target} is inside or outside, but {both:,} that are pointed at as {this} were pointed at as "
                    f"{that} too; leave them out, or undo that correction first."
                )
