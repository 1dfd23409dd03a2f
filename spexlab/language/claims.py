"""What a text claims about a mask, claim by claim, and which of the claims the measurement bears out.

The text may come from a language model: anything goes in, nothing raises, and a number that cannot be tied to a measured
quantity is a claim that does not hold.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import spyndex

from spexlab.evidence.regions import COLUMNS, ROWS, SIZES, Measurement
from spexlab.targets import TARGETS

NOUNS: dict[str, str] = {
    **{target: target for target in TARGETS},
    "impervious": "impervious surface",
    "bare": "bare ground",
    "built-up": "built-up land",
}
"""Target -> the noun for it in a sentence."""

NO_INDEX = "none"
"""Value of an "index name" claim that says there is no spectral index."""

Kind = Literal[
    "presence", "absence", "share", "area", "pixels", "regions", "largest location", "largest size",
    "index name", "threshold", "index inside", "index around", "comparison", "verdict", "number",
]  # fmt: skip
"""What a claim is about. "comparison": which side of the threshold; "verdict": what the spectra make of it; "number": any other."""


@dataclass(frozen=True)
class Claim:
    """One statement that can be compared with a measurement."""

    kind: Kind
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


@dataclass(frozen=True)
class CheckedClaim(Claim):
    """A claim beside what was measured."""

    holds: bool = False
    """Whether the claim is the measured value to the precision of its words."""
    measured: float | str | None = None
    """In the claim's unit; None where nothing of the kind was measured."""


_SQUARE_METRES = {"km²": 1e6, "ha": 1e4, "m²": 1.0}
_UNITS = {
    "%": "%", "percent": "%", "per cent": "%", "ha": "ha", "hectare": "ha", "hectares": "ha",
    "km²": "km²", "km2": "km²", "m²": "m²", "m2": "m²",
    "pixel": "pixels", "pixels": "pixels", "region": "regions", "regions": "regions",
}  # fmt: skip
_UNIT_KINDS: dict[str, Kind] = {"%": "share", **dict.fromkeys(_SQUARE_METRES, "area"), "pixels": "pixels", "regions": "regions"}
_COUNTS = {word: i for i, word in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1)}

_SENTENCE = re.compile(r"(?:[^.;!?\n]|[.](?=\d))+")
_NUMBER = re.compile(
    r"(?P<relation>\b(?:under|over)\s+)?(?<![\w.])(?P<number>[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)"
    rf"(?:\s*(?P<unit>{'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})(?!\w))?",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"\b(?P<count>{'|'.join(_COUNTS)})\s+regions?\b", re.IGNORECASE)
_IS_THRESHOLD = re.compile(r"\bthreshold\s+(?:of\s+|is\s+|at\s+)?$", re.IGNORECASE)
_PLACE_AFTER = re.compile(r"^\s*(?:on average\s+|in the ring\s+|just\s+)*(inside|within|around|outside|over)\b", re.IGNORECASE)
_PLACE = re.compile(r"\b(inside|within|around|outside|over)\b", re.IGNORECASE)
_LOCATION = re.compile(
    rf"\b(?:({'|'.join(ROWS)})[- ]({'|'.join((*COLUMNS, 'centre'))})|(cent(?:er|re)))\b(?! of\b)",
    re.IGNORECASE,
)
_SIZE = re.compile(rf"\b({'|'.join(sorted(SIZES, key=len, reverse=True))})\b", re.IGNORECASE)
_TARGETS_BY_NOUN = {noun: target for target, noun in NOUNS.items()} | {target: target for target in NOUNS}
_NOUN = "|".join(sorted(map(re.escape, _TARGETS_BY_NOUN), key=len, reverse=True))
_TARGET = re.compile(rf"\b(?P<no>no\s+)?(?P<noun>{_NOUN})\b(?P<not>\s+(?:is|are|was|were)\s+not\b)?", re.IGNORECASE)
_INDEX = re.compile(r"\b[A-Za-z]\w*\b")
_NO_INDEX = re.compile(r"\bno (?:suitable )?spectral index\b", re.IGNORECASE)
_COMPARISON = re.compile(r"\b(two sides|wrong sides|both above|both below|above|below)\s+(?:of\s+)?the threshold\b", re.IGNORECASE)
_VERDICT = re.compile(r"\bspectra\s+(?:alone\s+)?(support|do not separate|do not support|speak against)\b", re.IGNORECASE)
_VERDICTS = {"support": "support", "do not separate": "unclear", "do not support": "against", "speak against": "against"}


def sides(m: Measurement) -> str | None:
    """Say where the index lies, to two decimals: "two sides" of the threshold, "wrong sides", "both above", "both below".

    Only "above" or "below" where one mean is all there is (an empty mask, or one that leaves nothing around it); None without
    an index or a threshold.
    """
    means = [round(mean, 2) for mean in (m.inside, m.around) if mean is not None]
    if m.index is None or m.threshold is None or not means:
        return None
    above = [mean > round(m.threshold, 2) for mean in means]
    if len(above) == 1:
        return "above" if above[0] else "below"
    return {(True, False): "two sides", (False, True): "wrong sides", (True, True): "both above"}.get(
        (above[0], above[1]), "both below"
    )


def verdict(m: Measurement) -> str | None:
    """Say what the spectra make of the mask: "support" it, are "unclear" about it, or speak "against" it; None without an index."""
    side = sides(m)
    if side in ("above", "below"):
        return "support" if (side == "above") == (m.pixels > 0) else "against"
    return {"two sides": "support", "wrong sides": "against"}.get(side, "unclear") if side else None


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
    checked = []
    for claim in first.values():
        measured = _measured(claim, m)
        checked.append(CheckedClaim(**asdict(claim), holds=_holds(claim, measured), measured=measured))
    return checked


def _sentence_claims(sentence: str, at: int) -> Iterator[Claim]:
    yield from _number_claims(sentence, at)
    for match in _COUNT.finditer(sentence):
        yield _claim("regions", float(_COUNTS[match["count"].lower()]), match, at)
    for match in _LOCATION.finditer(sentence):
        row, column, middle = (part.lower().replace("centre", "center") if part else "" for part in match.groups())
        word = "center" if middle or (row, column) == ("middle", "center") else f"{row}-{column}"
        yield _claim("largest location", word, match, at)
    for match in _SIZE.finditer(sentence):
        yield _claim("largest size", match[1].lower(), match, at)
    for match in _TARGET.finditer(sentence):
        kind: Kind = "absence" if match["no"] or match["not"] else "presence"
        yield _claim(kind, _TARGETS_BY_NOUN[match["noun"].lower()], match, at)
    for match in _INDEX.finditer(sentence):
        if match.group() in spyndex.indices:
            yield _claim("index name", match.group(), match, at)
    for match in _NO_INDEX.finditer(sentence):
        yield _claim("index name", NO_INDEX, match, at)
    for match in _COMPARISON.finditer(sentence):
        yield _claim("comparison", match[1].lower(), match, at)
    for match in _VERDICT.finditer(sentence):
        yield _claim("verdict", _VERDICTS[match[1].lower()], match, at)


def _number_claims(sentence: str, at: int) -> Iterator[Claim]:
    for match in _NUMBER.finditer(sentence):
        digits = match["number"].replace(",", "").replace("−", "-")
        unit = _UNITS.get((match["unit"] or "").lower(), "")
        kind = _number_kind(sentence, match, unit)
        relation: Literal["=", "<", ">"] = "="
        if match["relation"] and kind == "share":
            relation = "<" if match["relation"].strip().lower() == "under" else ">"
        yield Claim(
            kind=kind,
            value=float(digits),
            unit=unit if unit in ("%", *_SQUARE_METRES) else "",
            text=match.group(),
            start=at + match.start(),
            end=at + match.end(),
            decimals=len(digits.partition(".")[2]),
            relation=relation,
        )


def _number_kind(sentence: str, match: re.Match[str], unit: str) -> Kind:
    """Tell what a number is of: by its unit, by "threshold" before it, or by the word for a place right after or else before it."""
    if unit:
        return _UNIT_KINDS[unit]
    before = sentence[: match.start("number")]
    if _IS_THRESHOLD.search(before):
        return "threshold"
    after = _PLACE_AFTER.search(sentence[match.end() :])
    places = [after[1]] if after else _PLACE.findall(before)
    if not places:
        return "number"
    return "index inside" if places[-1].lower() in ("inside", "within") else "index around"


def _claim(kind: Kind, value: float | str, match: re.Match[str], at: int) -> Claim:
    return Claim(kind, value, "", match.group(), at + match.start(), at + match.end())


def _measured(claim: Claim, m: Measurement) -> float | str | None:
    """Return the measured counterpart of a claim, in its unit."""
    if claim.kind in ("presence", "absence"):
        agrees = (m.pixels > 0) == (claim.kind == "presence")
        return m.target if agrees else f"{'some' if m.pixels else 'no'} {m.target}"
    values: dict[Kind, float | str | None] = {
        "share": 100 * m.share,
        "area": None if m.area_m2 is None else m.area_m2 / _SQUARE_METRES.get(claim.unit, 1.0),
        "pixels": m.pixels,
        "regions": m.n_regions,
        "largest location": m.largest.location if m.largest else None,
        "largest size": m.largest.size if m.largest else None,
        "index name": m.index or NO_INDEX,
        "threshold": m.threshold,
        "index inside": m.inside,
        "index around": m.around,
        "comparison": sides(m),
        "verdict": verdict(m),
    }
    return values.get(claim.kind)


def _holds(claim: Claim, measured: float | str | None) -> bool:
    if measured is None or isinstance(claim.value, str) or isinstance(measured, str):
        return measured is not None and claim.value == measured
    if claim.relation != "=":
        return 0 < measured < claim.value if claim.relation == "<" else measured > claim.value
    # An index value is never as coarse as a whole number: "0." is one that broke off.
    decimals = max(claim.decimals, 1) if claim.kind in ("threshold", "index inside", "index around") else claim.decimals
    return abs(claim.value - measured) <= 0.5 * 10.0**-decimals + 1e-9 * max(1.0, abs(measured))
