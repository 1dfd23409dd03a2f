"""An answer: of one scene, or of several dates with the one that is shown."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from spexlab.extraction import Extraction, Timeline


@dataclass(frozen=True, eq=False)
class Answered:
    """What `spexlab.extract` returned."""

    shown: "Extraction"
    """Of the one date, or of that which is on the map."""
    timeline: "Timeline | None" = None
    """Of all dates; None where the scene is of one."""

    @classmethod
    def of(cls, found: Union["Extraction", "Timeline"], date: str) -> "Answered":
        """Take what was found; of several dates this one (ISO) is shown, or the last that was asked."""
        from spexlab.extraction import Timeline

        return cls(found.on(date) or found[-1], found) if isinstance(found, Timeline) else cls(found)

    @property
    def extractions(self) -> "tuple[Extraction, ...]":
        """All of it."""
        return (self.shown,) if self.timeline is None else self.timeline.extractions

    @property
    def date(self) -> str:
        """The day (ISO) that is shown of several; "" where the scene is of one date."""
        return "" if self.timeline is None else str(self.shown.provenance["date"])[:10]

    @property
    def seconds(self) -> float:
        """What it took."""
        return sum(sum(one.seconds.values()) for one in self.extractions)

    def revised(self, after: "Extraction") -> "Answered":
        """The same with what is shown made anew by hand; other dates are cut at the same thresholds, so that they compare."""
        if self.timeline is None:
            return Answered(after)
        found = tuple(after if one is self.shown else _cut_like(after, one) for one in self.extractions)
        return Answered(after, self.timeline.with_answers(found))


def _cut_like(like: "Extraction", one: "Extraction") -> "Extraction":
    thresholds = {name: like.cuts[name].threshold for name in like.targets}
    return one if thresholds == {name: one.cuts[name].threshold for name in one.targets} else one.cut_at(thresholds)
