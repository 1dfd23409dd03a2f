"""From labelled places to a set of instruction-following samples on disk."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from spexlab.language.instructions import Instruction
from spexlab.places import Place, split_of
from spexlab.spie.layout import ImageFormat, SetWriter
from spexlab.spie.pool import InstructionPool, shared_pool
from spexlab.spie.samples import KINDS, Known, Sample, SampleKind, asked_mask, known_targets, make_samples
from spexlab.targets import CLASSES

SHARES: dict[SampleKind, float] = {
    "one target": 0.36,
    "several targets": 0.12,
    "exclusion": 0.12,
    "limit": 0.16,
    "absent": 0.12,
    "refused": 0.12,
}
"""How often each kind of instruction is wanted; a place whose label allows none of a kind gets one of `_EASIER`."""

_SMALLEST = 8
"""Fewer pixels than this are no target to show, and too many to be absent."""
_LABELLED = 0.5
"""Share of a picture that must be labelled for a target that is asked about."""
_WHOLE = 0.98
"""The same where the largest or smallest region is asked for: in what is unlabelled there might be a larger one."""
_TRIES, _WINDOWS = 60, 4
_EASIER: tuple[SampleKind, ...] = ("one target", "absent")


@dataclass(frozen=True)
class SpieSettings:
    """How a set of samples is made; the same settings and places give the same bytes."""

    per_place: int = 8
    """Instructions asked of each place."""
    size: int = 256
    """Longest side of a picture in pixels."""
    seed: int = 0
    images: ImageFormat = "geotiff"
    """"geotiff" keeps every band (16-bit, scaled); "png" is 8-bit true colour, as the authors' trainer reads it."""
    validation: float = 0.0
    """Share of the groups (0-1) that is held back for validation."""

    def __post_init__(self) -> None:
        if self.per_place < 1 or self.size < 16:
            message = (
                f"a set needs at least one instruction a place and pictures of 16 pixels, but {self.per_place} and {self.size} "
                "were given; give more."
            )
            raise ValueError(message)
        if not 0 <= self.validation < 1:
            raise ValueError(f"the share held back for validation must be 0 or more and less than 1, but it is {self.validation}.")


def build_spie(places: Iterable[Place], out: str | Path, settings: SpieSettings | None = None) -> Path:
    """Make a set of samples and write it; see `spexlab.spie.layout` for the files.

    Parameters
    ----------
    places : iterable of Place
        Those that may not be trained on (by licence or quality) are left out and counted.
    out : str or Path
        Folder to make; it appears when it is whole.
    settings : SpieSettings, optional

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ValueError
        If there is nothing to learn from in any of the places.
    OSError
        If the folder exists already or cannot be written.

    Examples
    --------
    >>> from spexlab.spie import SpieSettings, build_spie, open_places, read_spie  # doctest: +SKIP
    >>> folder = build_spie(open_places("data"), "my-spie", SpieSettings(per_place=4))  # doctest: +SKIP
    >>> for sample in read_spie(folder):  # doctest: +SKIP
    ...     print(sample.instruction.text, "->", sample.answer)
    """
    settings = settings or SpieSettings()
    left_out: Counter[str] = Counter()
    with SetWriter(out, images=settings.images) as writer:
        for place in places:
            reason = _unusable(place)
            if reason:
                left_out[reason] += 1
                continue
            for sample in place_samples(place, settings):
                writer.add(sample)
        if not writer.records:
            counted = ", ".join(f"{count} {reason}" for reason, count in left_out.items()) or "none was given"
            raise ValueError(f"a set needs places with labels that may be learnt from, but there are none ({counted}).")
        writer.finish({"settings": asdict(settings), "left_out": dict(left_out)})
    return Path(out)


def place_samples(place: Place, settings: SpieSettings) -> Iterator[Sample]:
    """Make the samples of one place; they depend on its name and the settings alone."""
    rng = random.Random(f"{settings.seed} {place.name}")
    wanted = rng.choices(KINDS, [SHARES[kind] for kind in KINDS], k=settings.per_place)
    for number, kind in enumerate(wanted):
        found = _find(place, kind, settings, rng)
        if found is not None:
            part, labels, instruction = found
            name, facts = f"{place.name}-{number:03d}", _facts(place, settings)
            yield from make_samples(part.scene, instruction, labels, name=name, rng=rng, facts=facts)


def _find(
    place: Place, wanted: SampleKind, settings: SpieSettings, rng: random.Random
) -> tuple[Place, dict[str, Known], Instruction] | None:
    """Find a picture and an instruction about it: of the kind that is wanted, else of an easier one, else none."""
    for kind in (wanted, *_EASIER):
        for _ in range(_WINDOWS):
            part = _window(place, settings.size, rng)
            labels = known_targets(part)
            instruction = find_fitting(kind, labels, rng, pool=shared_pool(settings.seed))
            if instruction is not None:
                return part, labels, instruction
    return None


def find_fitting(kind: SampleKind, labels: dict[str, Known], rng: random.Random, *, pool: InstructionPool) -> Instruction | None:
    """Find an instruction of a kind that the label can answer; None if many tries find none.

    Every target that it names must be known over enough of the picture, and be there, or not where an absent one is wanted.
    """
    share = _WHOLE if kind == "limit" else _LABELLED
    askable = [target for target, label in labels.items() if label.known.mean() >= share]
    for instruction in pool.some(kind, rng, count=_TRIES, known=askable):
        pixels = [int(asked_mask(instruction, target, labels).present.sum()) for target in instruction.include]
        if kind == "refused" or (not any(pixels) if kind == "absent" else min(pixels) >= _SMALLEST):
            return instruction
    return None


def _unusable(place: Place) -> str:
    if not place.trainable:
        return "not to be trained on (licence or quality)"
    return "" if np.isin(place.labels, list(CLASSES.values())).any() else "without any labelled class"


def _window(place: Place, size: int, rng: random.Random) -> Place:
    """Cut a picture around a random labelled pixel, classes being equally likely."""
    codes = [code for code in np.unique(place.labels) if code in CLASSES.values()]
    rows, columns = np.nonzero(place.labels == codes[rng.randrange(len(codes))])
    pick = rng.randrange(len(rows))
    y, x = (_span(int(c), n, size, rng) for c, n in zip((rows[pick], columns[pick]), place.labels.shape, strict=True))
    return replace(place, scene=place.scene.isel(y=y, x=x), labels=place.labels[y, x])


def _span(centre: int, length: int, size: int, rng: random.Random) -> slice:
    start = max(0, min(centre - rng.randrange(size), length - size))
    return slice(start, min(start + size, length))


def _facts(place: Place, settings: SpieSettings) -> dict[str, object]:
    licence = place.extra.get("licence")
    return {
        "place": place.name,
        "group": place.group,
        "split": place.extra.get("split") or split_of(place.group, held_out=0.0, validation=settings.validation),
        "sensor": str(place.extra.get("sensor") or place.scene.attrs.get("sensor", "unknown")),
        "source": str(place.extra.get("source_repo") or place.extra.get("source") or ""),
        "label_source": str(place.extra.get("label_source") or ""),
        "label_quality": place.quality,
        "licence": licence if isinstance(licence, dict) else {"data": str(licence or "not stated")},
        "pixel_size_m": place.pixel_size,
        "date": str(place.extra.get("date") or place.scene.attrs.get("date", "")),
        "bands": [str(name) for name in place.scene["band"].values],
    }
