"""What is measured: targets in places, the pixels that count, and the bands that a method may see."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spexlab.extraction.seen import PlacesWarning, SeenPlaces
from spexlab.places import Part, Place
from spexlab.scene import PixelKind, pixel_kind
from spexlab.scene.bands import with_bands
from spexlab.targets import TARGETS

MIN_PIXELS = 50
"""A place counts for a target if at least so many of its pixels are labelled as it."""

PIXEL_KINDS: dict[PixelKind, str] = {"coarse": "10-30 m", "fine": "0.1-5 m"}
"""Pixels wider or narrower than a house, and how wide they are in our scenes: what tables call them."""

FEW_BANDS: dict[str, tuple[str, ...]] = {"4 bands": ("blue", "green", "red", "nir"), "RGB": ("blue", "green", "red")}
"""Sets of bands of common cameras, by STAC common name."""


@dataclass(frozen=True, eq=False)
class Case:
    """One target in one place."""

    place: Place
    target: str
    present: NDArray[np.bool_]
    """(H, W), where the target is."""
    known: NDArray[np.bool_]
    """(H, W), where that is known."""

    @property
    def kind(self) -> PixelKind:
        """Kind of pixels."""
        return pixel_kind(self.place.scene)

    @property
    def pixels(self) -> int:
        """How many pixels are known to be the target."""
        return int((self.present & self.known).sum())


def cases_of(places: Iterable[Place], *, absent: bool = False) -> Iterator[Case]:
    """Go through the targets that can be scored: those labelled in at least `MIN_PIXELS` pixels.

    Parameters
    ----------
    places
        Labelled places.
    absent
        Add those that the label shows hardly anywhere or nowhere, though it would: there, what is found is a false alarm.
    """
    for place in places:
        for target in TARGETS:
            case = Case(place, target, *place.truth(target))
            if case.pixels >= MIN_PIXELS or (absent and case.known.sum() >= MIN_PIXELS):
                yield case


def split_places(places: Iterable[Place], checkpoint: str | Path) -> dict[Part, list[Place]]:
    """Sort places by what a checkpoint's ``places.json`` says of their group.

    What it does not name was never seen, and is held out. Poor labels, which are for looking only, are dropped, and so are training
    places whose licence or quality forbids training on them.

    Parameters
    ----------
    places
        Labelled places.
    checkpoint
        Folder of a checkpoint, or the name of one that comes with spexlab.

    Raises
    ------
    FileNotFoundError
        If the checkpoint has no ``places.json``.
    ValueError
        If that is none, or belongs to other weights.
    """
    seen = SeenPlaces.read(checkpoint)
    if seen.unlisted:
        told = f"what {', '.join(seen.unlisted)} has seen is not listed, and {str(checkpoint)!r} goes on from it"
        warnings.warn(f"{told}: places that count as held out may have been trained on.", PlacesWarning, stacklevel=2)
    parts: dict[Part, list[Place]] = {"training": [], "validation": [], "held-out": []}
    for place in places:
        part = seen.part_of(place)
        if place.quality != "poor" and (place.trainable or part != "training"):
            parts[part].append(place)
    return parts


def places_with_bands(places: Iterable[Place], bands: Sequence[str] | None) -> list[Place]:
    """Cut places down to some bands, without those that lack one, and without those that have no others: they lose nothing."""
    cut = [(place, with_bands(place.scene, bands)) for place in places]
    return [
        replace(place, scene=scene)
        for place, scene in cut
        if scene is not None and (bands is None or scene.sizes["band"] < place.scene.sizes["band"])
    ]
