"""What training draws from: places of several kinds, each kind with its share."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spexlab.places.labelled import Place
from spexlab.scene import pixel_kind

SHARES = {"coarse": 0.5, "fine": 0.3, "simulated": 0.2, "unlabelled": 0.2}
"""How often crops of each kind of places are drawn, relative to the other kinds that there are."""


@dataclass(frozen=True)
class PlaceMixture:
    """Kinds of places by share; within a kind each group (spot on earth) is equally likely, however many scenes show it.

    Examples
    --------
    ``PlaceMixture(((0.8, labelled), (0.2, simulated)))``
    """

    parts: tuple[tuple[float, Sequence[Place]], ...]
    """Share and places of each kind; empty kinds are left out, and shares need not sum to 1."""

    def __post_init__(self) -> None:
        filled = tuple((share, tuple(places)) for share, places in self.parts if places and share > 0)
        if not filled:
            raise ValueError("training needs at least one place, but none was given; name a folder of places, or simulate some.")
        object.__setattr__(self, "parts", filled)
        object.__setattr__(self, "_groups", [_by_group(places) for _, places in filled])

    @classmethod
    def of(cls, places: "Sequence[Place] | PlaceMixture") -> "PlaceMixture":
        """Places as a mixture of one kind; a mixture as it is."""
        return places if isinstance(places, cls) else cls(((1.0, places),))  # type: ignore[arg-type]

    @classmethod
    def by_scale(
        cls,
        labelled: Sequence[Place],
        simulated: Sequence[Place] = (),
        unlabelled: Sequence[Place] = (),
        *,
        shares: Mapping[str, float] = SHARES,
    ) -> "PlaceMixture":
        """Labelled places by the width of their pixels, simulated ones, and those that an index labelled, each with its share."""
        kinds = {kind: [place for place in labelled if pixel_kind(place.scene) == kind] for kind in ("coarse", "fine")}
        kinds |= {"simulated": list(simulated), "unlabelled": list(unlabelled)}
        return cls(tuple((shares.get(kind, 0.0), places) for kind, places in kinds.items()))

    @property
    def places(self) -> list[Place]:
        """All that may be drawn."""
        return [place for _, places in self.parts for place in places]

    def pick(self, rng: random.Random) -> Place:
        """Draw a place."""
        groups: list[list[list[Place]]] = self._groups  # type: ignore[attr-defined]
        (chosen,) = rng.choices(groups, [share for share, _ in self.parts])
        return rng.choice(rng.choice(chosen))


def _by_group(places: Sequence[Place]) -> list[list[Place]]:
    groups: dict[str, list[Place]] = {}
    for place in places:
        groups.setdefault(place.group, []).append(place)
    return list(groups.values())
