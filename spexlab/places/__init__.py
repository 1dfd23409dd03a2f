"""Labelled places: read from folders, pairs of files and public sets, simulated, or labelled by an index; crops of them."""

from spexlab.places.labelled import Place, open_places, target_labels
from spexlab.places.mixture import PlaceMixture
from spexlab.places.pairs import open_pair, read_legend
from spexlab.places.publicsets import PUBLIC_SETS, open_public_set
from spexlab.places.split import Part, split_by_group, split_of
from spexlab.places.unlabelled import pseudo_labelled, simulated_places

__all__ = [
    "PUBLIC_SETS",
    "Part",
    "Place",
    "PlaceMixture",
    "open_pair",
    "open_places",
    "open_public_set",
    "pseudo_labelled",
    "read_legend",
    "simulated_places",
    "split_by_group",
    "split_of",
    "target_labels",
]
