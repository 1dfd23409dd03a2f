"""What a text claims about a mask, claim by claim, and which of the claims agree with the measurement.

The text may come from a language model: anything goes in, nothing raises, and a number that cannot be tied to a measured
quantity is a claim that does not hold.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from spexlab.evidence.measurement import Measurement
from spexlab.language.claims import CLAIM_KINDS
from spexlab.language.kinds import ClaimKind


@dataclass(frozen=True)
class Claim:
    """One statement that can be compared with a measurement."""

    kind: str
    """One of `spexlab.language.claims.CLAIM_KINDS`."""
    value: float | str
    unit: str
    """"%", "ha", "km²", "m²" or ""."""
    text: str
    """The words themselves, text[start:end] of what was read."""
    start: int
    end: int
    decimals: int = 0
    """Digits after the point: how finely a number was written."""
    relation: Literal["=", "<", ">"] = "="
    """"<" and ">" for "under" and "over"."""

    @property
    def sentence(self) -> str:
        """Which sentence of an explanation speaks of such things; "" if none does."""
        return _KINDS[self.kind].sentence


@dataclass(frozen=True)
class CheckedClaim(Claim):
    """A claim beside what was measured."""

    holds: bool = False
    """Whether the claim is the measured value to the precision of its words."""
    measured: float | str | None = None
    """In the claim's unit; None where nothing of the kind was measured."""
    replaced: bool = False
    """Whether it stands in a sentence written from the measurement, as the model's own did not agree, or was no sentence."""


_KINDS = {kind.name: kind for kind in CLAIM_KINDS}
_UNITS = {spelling: (kind, unit) for kind in CLAIM_KINDS for unit in kind.units for spelling in unit.spellings}
_PLACES = {place: kind for kind in CLAIM_KINDS for place in kind.places}
_SENTENCE = re.compile(r"(?:[^.;!?\n]|[.](?=\d))+")
_NUMBER = re.compile(
    r"(?P<relation>\b(?:under|over)\s+)?(?<![\w.])(?P<number>[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)"
    rf"(?:\s*(?P<unit>{'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})(?!\w))?",
    re.IGNORECASE,
)
_PLACE = re.compile(rf"\b({'|'.join(_PLACES)})\b", re.IGNORECASE)
_PLACE_AFTER = re.compile(rf"^\s*(?:on average\s+|in the ring\s+|just\s+)*({'|'.join(_PLACES)})\b", re.IGNORECASE)


def read_claims(text: str) -> list[Claim]:
    """Find every claim of a text, in reading order: numbers, places, sizes, targets, indices and verdicts."""
    found = [claim for match in _SENTENCE.finditer(text) for claim in _sentence_claims(match.group(), match.start())]
    return sorted(found, key=lambda claim: (claim.start, claim.end))


def check_claims(text: str, m: Measurement) -> list[CheckedClaim]:
    """Compare every claim of a text with a measurement; one that is repeated stands once, where it is first made.

    A number holds if the measured value, rounded as the number was written, is that number. Repeats are left out because a text
    that says a thing twice does not claim more, and would otherwise raise its share of claims that hold, or lower it.
    """
    first: dict[tuple[object, ...], Claim] = {}
    for claim in read_claims(text):
        first.setdefault((claim.kind, claim.value, claim.unit, claim.decimals, claim.relation), claim)
    return [check(claim, m) for claim in first.values()]


def agreement_words(claims: Sequence[CheckedClaim]) -> str:
    """Say what was checked of an explanation, and no more: sentences that agree with a mask do not make it right."""
    if not claims:
        return "No claim in this text can be checked."
    replaced = sum(claim.replaced for claim in claims)
    checked = f"{len(claims)} claim{'s' * (len(claims) > 1)} checked"
    instead = "in sentences written from the measurement, as the model's own did not agree or was no sentence"
    mended = f", {replaced} of them {instead}" * bool(replaced)
    return f"These sentences agree with the mask ({checked}{mended})."


def check(claim: Claim, m: Measurement) -> CheckedClaim:
    """Compare one claim with a measurement."""
    measured, kind = _measured(claim, m), _KINDS[claim.kind]
    holds = kind.holds(claim.value, m) if kind.holds else _holds(claim, measured)
    return CheckedClaim(**asdict(claim), holds=holds, measured=measured)


def _sentence_claims(sentence: str, at: int) -> Iterator[Claim]:
    found = [*_number_claims(sentence, at), *_worded_claims(sentence, at)]
    whole = [(claim.start, claim.end) for claim in found if _KINDS[claim.kind].whole]
    inside = [claim for claim in found if any(start <= claim.start < end for start, end in whole)]
    yield from (claim for claim in found if _KINDS[claim.kind].whole or claim not in inside)


def _worded_claims(sentence: str, at: int) -> Iterator[Claim]:
    for kind in CLAIM_KINDS:
        for match in kind.pattern.finditer(sentence) if kind.pattern else ():
            value = kind.read(match)
            if value is not None:
                yield Claim(kind.name, value, "", match.group(), at + match.start(), at + match.end())


def _number_claims(sentence: str, at: int) -> Iterator[Claim]:
    for match in _NUMBER.finditer(sentence):
        digits = match["number"].replace(",", "").replace("−", "-")
        kind, unit = _number_kind(sentence, match)
        relation: Literal["=", "<", ">"] = "="
        if match["relation"] and kind.bounded:
            relation = "<" if match["relation"].strip().lower() == "under" else ">"
        yield Claim(
            kind=kind.name,
            value=float(digits),
            unit=unit,
            text=match.group(),
            start=at + match.start(),
            end=at + match.end(),
            decimals=len(digits.partition(".")[2]),
            relation=relation,
        )


def _number_kind(sentence: str, match: re.Match[str]) -> tuple[ClaimKind, str]:
    """Tell what a number is of: by its unit, by what names it, or by the word for a place right after or else before it."""
    if match["unit"]:
        kind, unit = _UNITS[match["unit"].lower()]
        return kind, unit.name
    before = sentence[: match.start("number")]
    named = next((kind for kind in CLAIM_KINDS if kind.named and kind.named.search(before)), None)
    if named:
        return named, ""
    after = _PLACE_AFTER.search(sentence[match.end() :])
    places = [after[1]] if after else _PLACE.findall(before)
    return _PLACES[places[-1].lower()] if places else _KINDS["number"], ""


def _measured(claim: Claim, m: Measurement) -> float | str | None:
    """Return the measured counterpart of a claim, in its unit."""
    kind = _KINDS[claim.kind]
    value = kind.measured(m)
    size = next((unit.size for unit in kind.units if unit.name == claim.unit), 1.0)
    return value / size if isinstance(value, float) else value


def _holds(claim: Claim, measured: float | str | None) -> bool:
    if measured is None or isinstance(claim.value, str) or isinstance(measured, str):
        return measured is not None and claim.value == measured
    if claim.relation != "=":
        return 0 < measured < claim.value if claim.relation == "<" else measured > claim.value
    decimals = max(claim.decimals, _KINDS[claim.kind].decimals)
    return abs(claim.value - measured) <= 0.5 * 10.0**-decimals + 1e-9 * max(1.0, abs(measured))
