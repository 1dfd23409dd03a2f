"""What the places of a training were like, so that a scene unlike all of them is told from one like them."""

from collections.abc import Iterable

from spexlab.extraction.domain import Domain
from spexlab.places import Place


def training_domain(places: Iterable[Place]) -> Domain:
    """Take ranges over the scenes that a checkpoint was trained on; they go into its ``evaluation.json``.

    Pixel sizes from the smallest to the largest; for each band the lowest and the highest median reflectance of a scene; the
    largest share of a scene that is saturated. Simulated places belong to them as far as the checkpoint saw them.

    Parameters
    ----------
    places
        Those that it learnt from.

    Raises
    ------
    ValueError
        If there is none with data.
    """
    return Domain.of(place.scene for place in places)
