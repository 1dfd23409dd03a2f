"""Instructions about a change: "where did water disappear between June and September?" is "where water", lost, and two dates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Direction = Literal["lost", "gained", "changed"]

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTHS) + "|sept"
_MOMENT = (
    rf"(?:\d{{4}}-\d\d(?:-\d\d)?|(?:(?:early|late|mid) )?(?:\d{{1,2}}(?:st|nd|rd|th)? )?(?:{_MONTH})\.?(?: \d{{1,2}}(?:,| ))?"
    rf"(?: ?\d{{4}})?|\d{{4}})"
)
_SPAN = re.compile(
    rf"\b(?:between|from|since|after)\s+(?P<first>{_MOMENT})(?:\s+(?:and|to|until|till|through)\s+(?P<last>{_MOMENT}))?\b|"
    rf"\b(?P<one>{_MOMENT})\s+(?:to|versus|vs\.?)\s+(?P<other>{_MOMENT})\b",
    re.IGNORECASE,
)
_LOST = (
    r"disappear(?:ed|s|ing)?|vanish(?:ed|es)?|los[te]|losses|loss(?: of)?|shr[iau]nk(?:en|s)?|dr(?:y|ied) (?:up|out)|"
    r"retreated|receded"
)
_GAINED = r"(?<!dis)appear(?:ed|s|ing)?|gain(?:ed|s)?(?: of)?|gr(?:ow|ew|own)|expand(?:ed|s)?|emerged|newly|new"
_CHANGED = r"chang(?:ed?|es)(?: of| in)?|differ(?:s|ed|ences?)?"
_KINDS: dict[Direction, re.Pattern[str]] = {
    "lost": re.compile(rf"\b(?:{_LOST})\b", re.IGNORECASE),
    "gained": re.compile(rf"\b(?:{_GAINED})\b", re.IGNORECASE),
    "changed": re.compile(rf"\b(?:{_CHANGED})\b", re.IGNORECASE),
}
_AUXILIARY = re.compile(r"\b(?:did|has|have|had|was|were|been|is|are)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Moment:
    """A day, a month or a year, as far as it was said."""

    said: str
    year: int | None = None
    month: int | None = None
    day: int | None = None

    @classmethod
    def read(cls, words: str) -> "Moment":
        """Read a moment that `_MOMENT` matched."""
        iso = re.fullmatch(r"(\d{4})-(\d\d)(?:-(\d\d))?", words)
        if iso:
            return cls(words, int(iso[1]), int(iso[2]), int(iso[3]) if iso[3] else None)
        year = re.search(r"\d{4}", words)
        name = re.search(_MONTH, words, re.IGNORECASE)
        day = re.search(r"(?<!\d)\d{1,2}(?!\d)", words)
        month = None if name is None else 1 + next(i for i, one in enumerate(_MONTHS) if one.startswith(name.group()[:3].lower()))
        return cls(words.strip(), int(year.group()) if year else None, month, int(day.group()) if day and name else None)

    def holds(self, date: str) -> bool:
        """Whether a day (ISO) lies in it."""
        parts = [int(part) for part in date.split("-")]
        return all(said in (None, part) for said, part in zip((self.year, self.month, self.day), parts, strict=True))


@dataclass(frozen=True)
class ChangeAsked:
    """What an instruction about a change asks for."""

    direction: Direction
    first: Moment | None
    """Before the change; None where it is not said: the first date that there is."""
    last: Moment | None
    """After it; None: the last date."""
    rest: str
    """The instruction without all that: what to look for on both dates."""

    def dates(self, known: Sequence[str]) -> tuple[str, str]:
        """Two of the days that there are (ISO, in order): the first that lies in `first`, the last in `last` after it.

        Raises
        ------
        ValueError
            If none does, or they are the same.
        """
        first = next((date for date in known if self.first is None or self.first.holds(date)), None)
        last = next((date for date in reversed(known) if self.last is None or self.last.holds(date)), None)
        for moment, found in ((self.first, first), (self.last, last)):
            if found is None and moment is not None:
                raise ValueError(f"there is no image of {moment.said}; there are some of {', '.join(known)}")
        if first is None or last is None or first >= last:
            raise ValueError(
                f"a change lies between two dates, the earlier first, but {first} and {last} were understood; "
                f"there are images of {', '.join(known)}"
            )
        return first, last


def change_asked(instruction: str) -> ChangeAsked | None:
    """Read an instruction about a change; None where it is about none.

    Examples
    --------
    >>> change_asked("where did water disappear between June and September?").rest
    'where water?'
    """
    found = {kind: match for kind, pattern in _KINDS.items() if (match := pattern.search(instruction))}
    if not found:
        return None
    span = _SPAN.search(instruction)
    if set(found) <= {"gained"} and span is None and re.fullmatch(r"(?i)new(?:ly)?", found["gained"].group()):
        return None  # "new buildings" alone is about what a building looks like
    direction: Direction = "changed" if len(found) > 1 or "changed" in found else next(iter(found))
    ends = [] if span is None else [words for words in (span["first"] or span["one"], span["last"] or span["other"]) if words]
    moments = [Moment.read(words) for words in ends]
    cuts = sorted([match.span() for match in found.values()] + ([] if span is None else [span.span()]), reverse=True)
    rest = instruction
    for start, end in cuts:
        rest = f"{rest[:start]} {rest[end:]}"
    rest = re.sub(r"\s+([?.!,;])", r"\1", " ".join(_AUXILIARY.sub(" ", rest).split()))
    return ChangeAsked(direction, moments[0] if moments else None, moments[1] if len(moments) > 1 else None, rest)
