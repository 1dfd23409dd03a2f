"""SPIE: labelled places, and the instruction-following samples that are made of them.

Places are read by `open_places`, `open_pair` or the readers of public sets; `build_spie` makes a folder of samples of them, and
`read_spie` reads it again.
"""

from spexlab.places.labelled import Place, is_held_back, open_places, target_labels
from spexlab.places.pairs import open_pair, read_legend
from spexlab.places.publicsets import PUBLIC_SETS, open_public_set
from spexlab.spie.build import SpieSettings, build_spie, place_samples
from spexlab.spie.layout import read_spie
from spexlab.spie.samples import KINDS, Kind, Sample
from spexlab.targets import COARSE_PIXEL

__all__ = [
    "COARSE_PIXEL",
    "KINDS",
    "PUBLIC_SETS",
    "Kind",
    "Place",
    "Sample",
    "SpieSettings",
    "build_spie",
    "is_held_back",
    "open_pair",
    "open_places",
    "open_public_set",
    "place_samples",
    "read_legend",
    "read_spie",
    "target_labels",
]
