"""Which places a checkpoint has seen: ``places.json`` beside its weights, written with them and read by whoever measures them.

A place is known by its group, the spot on earth. The list names the weights that it belongs to by their hash: beside others, of
which it knows nothing, it would make places look held out that were trained on.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Self

from spexlab.extraction.loading import CHECKPOINTS, weights_hash
from spexlab.places import Part, Place

PlaceRecord = Mapping[str, Any]
"""``name``, ``group`` and ``licence`` of a place."""
PLACES = "places.json"


class PlacesWarning(UserWarning):
    """Of some places nobody knows whether a checkpoint has seen them."""


@dataclass(frozen=True, eq=False)
class SeenPlaces:
    """The places that weights were trained and chosen on, and all weights before them."""

    training: tuple[PlaceRecord, ...] = ()
    validation: tuple[PlaceRecord, ...] = ()
    """Looked at to choose steps and thresholds."""
    held_out: tuple[PlaceRecord, ...] = ()
    """Kept apart on purpose; a place that is named nowhere is held out as well."""
    unlisted: tuple[str, ...] = ()
    """Checkpoints that the weights come from, and that do not tell what they have seen."""
    checkpoint: str = ""
    """SHA-256 of the weights; "" while there are none."""

    @classmethod
    def of(
        cls,
        training: Iterable[Place | PlaceRecord],
        validation: Iterable[Place | PlaceRecord] = (),
        held_out: Iterable[Place | PlaceRecord] = (),
    ) -> Self:
        """List places, each once."""
        return cls(_unique(map(_record, training)), _unique(map(_record, validation)), _unique(map(_record, held_out)))

    @classmethod
    def read(cls, checkpoint: str | Path) -> Self:
        """Read what a checkpoint has seen.

        Parameters
        ----------
        checkpoint
            Its folder, or the name of one that comes with spexlab.

        Raises
        ------
        FileNotFoundError
            If it has no ``places.json``.
        ValueError
            If that is none, or belongs to other weights.
        """
        folder = Path(checkpoint) if Path(checkpoint).is_dir() else CHECKPOINTS / checkpoint
        path = folder / PLACES
        if not path.is_file():
            raise FileNotFoundError(
                f"a checkpoint's {PLACES} tells which places it never saw, but there is no {str(path)!r}; "
                "give the folder of a checkpoint that has one."
            )
        seen, weights = cls.load(path), weights_hash(folder)
        if seen.checkpoint != weights:
            raise ValueError(
                f"{str(path)!r} must tell of the weights beside it ({weights[:12] or 'none'}), but it tells of "
                f"{seen.checkpoint[:12] or 'unnamed ones'}; get it again with its checkpoint."
            )
        return seen

    @classmethod
    def before(cls, origin: str | Path, *, name: str) -> Self:
        """What a checkpoint has seen that training goes on from; by its name it is told if it does not say."""
        try:
            return cls.read(origin)
        except FileNotFoundError:
            return cls(unlisted=(name,))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a list, whatever weights it belongs to."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            training, validation, held_out = (_unique(content.get(part, ())) for part in ("training", "validation", "held-out"))
            unlisted, checkpoint = tuple(content.get("unlisted", ())), str(content.get("checkpoint", ""))
            return cls(training, validation, held_out, unlisted, checkpoint)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"{PLACES} lists, part by part, places with their name and group, but reading {str(path)!r} failed "
                f"({type(error).__name__}: {error}); get it again with its checkpoint."
            ) from error

    def part_of(self, place: Place) -> Part:
        """What a place was for; one that was learnt from once is not measured on any more."""
        if any(record["group"] == place.group for record in self.training):
            return "training"
        return "validation" if any(record["group"] == place.group for record in self.validation) else "held-out"

    def after(self, *earlier: "SeenPlaces") -> "SeenPlaces":
        """Add what was seen before."""
        every = (*earlier, self)
        return SeenPlaces(
            _unique(chain.from_iterable(one.training for one in every)),
            _unique(chain.from_iterable(one.validation for one in every)),
            self.held_out,
            tuple(dict.fromkeys(chain.from_iterable(one.unlisted for one in every))),
        )

    def write(self, folder: Path) -> None:
        """Write ``places.json`` beside the weights in a folder, and for them."""
        content = replace(self, checkpoint=weights_hash(folder)).to_dict()
        (folder / PLACES).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def to_dict(self) -> dict[str, Any]:
        """What stands in the file."""
        return {name.replace("_", "-"): value for name, value in asdict(self).items()}


def _record(place: Place | PlaceRecord) -> PlaceRecord:
    if not isinstance(place, Place):
        return place
    return {"name": place.name, "group": place.group, "licence": place.extra.get("licence")}


def _unique(records: Iterable[PlaceRecord]) -> tuple[PlaceRecord, ...]:
    """Records with what each must have, every place once."""
    return tuple({(one["name"], one["group"]): one for one in records}.values())
