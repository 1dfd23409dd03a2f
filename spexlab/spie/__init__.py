"""SPIE: the instruction-following samples that are made of labelled places.

`build_spie` makes a folder of samples of `spexlab.places`, and `read_spie` reads it again.
"""

from spexlab.spie.build import SpieSettings, build_spie, place_samples
from spexlab.spie.reading import SpieSet, has_part, read_spie
from spexlab.spie.samples import KINDS, Sample, SampleKind, SampleRecord, place_of

__all__ = [
    "KINDS",
    "Sample",
    "SampleKind",
    "SampleRecord",
    "SpieSet",
    "SpieSettings",
    "build_spie",
    "has_part",
    "place_of",
    "place_samples",
    "read_spie",
]
