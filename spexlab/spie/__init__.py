"""SPIE: the instruction-following samples that are made of labelled places.

`build_spie` makes a folder of samples of `spexlab.places`, and `read_spie` reads it again.
"""

from spexlab.spie.build import SpieSettings, build_spie, place_samples
from spexlab.spie.layout import read_spie
from spexlab.spie.samples import KINDS, Kind, Sample

__all__ = [
    "KINDS",
    "Kind",
    "Sample",
    "SpieSettings",
    "build_spie",
    "place_samples",
    "read_spie",
]
