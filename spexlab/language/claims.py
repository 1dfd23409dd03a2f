"""One record a kind of claim: all that spexlab knows of one statement about a mask.

Evidence words and explanations are written from these records (`writing`), texts are read and checked by them (`checking`), and the
numbers of a language model are held to them (`quoting`). A new sentence of an explanation is a new record in `CLAIM_KINDS`.
"""

import re
from collections.abc import Sequence

import spyndex

from spexlab.evidence.measurement import Measurement
from spexlab.evidence.regions import COLUMNS, ROWS, SIZES, share_words
from spexlab.evidence.verdict import sides, verdict, verdict_of_sides
from spexlab.language.kinds import BEFORE_NUMBER, ClaimKind, Unit
from spexlab.targets import TARGETS

PLACE = re.compile(rf"\b({'|'.join(ROWS)})-({'|'.join(COLUMNS)})\b")
"""A place as evidence words and explanations have it, but for the plain "center"."""
NO_INDEX = "none"
"""Value of an "index name" claim that says there is no spectral index."""

_AFTER_INDEX = re.compile(rf"[A-Z]\w*[A-Z].*{BEFORE_NUMBER}", re.DOTALL)
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBER_WORDS = dict(enumerate(_WORDS))
"""Counts that are written as words."""
_COUNTS = {word: count for count, word in NUMBER_WORDS.items()}
_LOCATION = re.compile(
    rf"\b(?:({'|'.join(ROWS)})[- ]({'|'.join((*COLUMNS, 'centre'))})|(cent(?:er|re)))\b(?! of\b)",
    re.IGNORECASE,
)
_TARGETS_BY_NOUN = {word: target.name for target in TARGETS.values() for word in (target.noun, target.name)}
_NOUN = "|".join(sorted(map(re.escape, _TARGETS_BY_NOUN), key=len, reverse=True))
_TARGET = re.compile(rf"\b(?P<no>no\s+)?(?P<noun>{_NOUN})\b(?P<not>\s+(?:is|are|was|were)\s+not\b)?", re.IGNORECASE)
_BE = r"(?:is|are|was|were) (?:found|larger|smaller|within|at least|touching|neither)"
_COUNTED = re.compile(
    rf"^\s*(?:(?:Yes|No): )?(?P<count>{'|'.join(_COUNTS)}|\d[\d,]*) (?!regions?\b)[^.;:]*?\b{_BE}\b", re.IGNORECASE
)
_CONDITION = re.compile(
    rf"\b(?:(?:larger|smaller) than [\d.,e-]+ (?:ha|m²|km²|pixels)|(?:within|at least) [\d.,]+ m (?:of|from) (?:{_NOUN})|"
    rf"(?:touching or|neither touching nor) next to (?:{_NOUN}))(?!\w)"
)
_SIDES = {
    "two sides": "on the two sides of",
    "wrong sides": "on the wrong sides of",
    **{side: side for side in ("both above", "both below", "above", "below")},
}
_JUDGEMENTS = {
    "support": "support",
    **dict.fromkeys(("do not separate", "do not tell"), "unclear"),
    **dict.fromkeys(("do not support", "speak against"), "against"),
}


def area_words(m: Measurement) -> str | None:
    """Return the area in the unit that keeps it readable."""
    if m.area_m2 is None or not m.pixels:
        return None
    if m.area_m2 < 1e4:
        return f"{m.area_m2:.{1 if m.area_m2 < 10 else 0}f} m²"
    return f"{m.area_m2 / 1e4:.1f} ha" if m.area_m2 < 1e7 else f"{m.area_m2 / 1e6:.1f} km²"


def _index_words(value: float | None) -> str | None:
    return None if value is None else f"{round(value, 2) + 0.0:.2f}"  # no "-0.00"


def _presence_wordings(m: Measurement) -> Sequence[str]:
    if not m.pixels:
        return ()
    covers = "covers" if m.n_regions == 1 else "cover"
    texts = (
        "{target} {covers} {share} of the area, {area}, in {regions}",
        "{target} {is} found on {share} of the area: {area} in {regions}",
        "the mask of {target} measures {area}, which is {share} of the area, in {regions}",
        "in this area {target} {covers} {area} ({share}) in {regions}",
        f"{{regions}} of {{target}} {covers} {{area}}, or {{share}} of the area",
        "{share} of the area, or {area}, is covered by {target} in {regions}",
        "there {is} {target} on {area}, {share} of the area, in {regions}",
        "{target} {covers} {area} in {regions}, which is {share} of the area",
    )
    return texts if m.area_m2 is not None else [text.replace("{area}", "{pixels}") for text in texts]


def _absence_wordings(m: Measurement) -> Sequence[str]:
    return () if m.pixels else (
        "no {target} {was} found in the area",
        "{target} {was} not found in this area",
        "there {is} no {target} in this area: the mask is empty",
        "the mask is empty: no {target} {was} found",
        "the model finds no {target} here",
        "no {target} can be seen in the area",
    )  # fmt: skip


def _largest_wordings(m: Measurement) -> Sequence[str]:
    if m.n_regions < 2:
        return () if not m.pixels else (
            "it is {largest size} and lies in the {largest location}",
            "the region is {largest size} and lies in the {largest location}",
            "this region, {largest size} in size, is in the {largest location}",
            "it lies in the {largest location} and is {largest size} in size",
            "in the {largest location} lies this region, which is {largest size}",
            "the only region is {largest size} and is found in the {largest location}",
        )  # fmt: skip
    return (
        "the largest is {largest size} and lies in the {largest location}",
        "the largest region is {largest size} and lies in the {largest location}",
        "the largest one, {largest size} in size, is in the {largest location}",
        "the largest lies in the {largest location} and is {largest size} in size",
        "in the {largest location} lies the largest region, which is {largest size}",
        "the largest of them is {largest size} and is found in the {largest location}",
    )


def _no_index_wordings(m: Measurement) -> Sequence[str]:
    return () if m.index else (
        "these bands allow no suitable spectral index, so the mask rests on the image alone",
        "no suitable spectral index can be computed from these bands, so the mask rests on the image alone",
        "the mask rests on the image alone, as these bands allow no suitable spectral index",
        "there is no suitable spectral index in these bands, so nothing but the image speaks for the mask",
        "as these bands give no suitable spectral index, the mask rests on the image alone",
        "with no suitable spectral index in these bands, the mask could not be checked against the spectra",
    )  # fmt: skip


def _inside_wordings(m: Measurement) -> Sequence[str]:
    if not m.index or not m.pixels:
        return ()
    if m.around is None:
        return (
            "{index name} averages {index inside} inside the mask",
            "the mean {index name} is {index inside} inside the mask",
            "inside the mask {index name} averages {index inside}",
            "{index name} is {index inside} on average inside the mask",
            "mean {index name} is {index inside} within the mask",
            "on average {index name} is {index inside} inside the mask",
        )
    return (
        "{index name} averages {index inside} inside the mask and {index around} around it",
        "the mean {index name} is {index inside} inside the mask and {index around} around it",
        "inside the mask {index name} averages {index inside}, around it {index around}",
        "{index name} is {index inside} on average inside the mask and {index around} just outside it",
        "mean {index name} is {index inside} within the mask and {index around} in the ring around it",
        "on average {index name} is {index inside} inside the mask, against {index around} around it",
    )


def _around_wordings(m: Measurement) -> Sequence[str]:
    return () if not m.index or m.pixels else (
        "{index name} averages {index around} over the area",
        "the mean {index name} is {index around} over the area",
        "over the whole area {index name} averages {index around}",
        "{index name} is {index around} on average over the area",
        "over the area the mean {index name} is {index around}",
        "on average {index name} is {index around} over the area",
    )  # fmt: skip


def _comparison_wordings(m: Measurement) -> Sequence[str]:
    side = sides(m)
    these = "These are" if m.inside is not None and m.around is not None else "This is"
    return [f"{start}{_SIDES[side]} the threshold {{threshold}}" for start in (", ", ": ", f". {these} ")] if side else ()


def _verdict_wordings(m: Measurement) -> Sequence[str]:
    alike = TARGETS[m.target].alike
    alike = f", though {alike} a high {m.index} too" if alike and m.pixels else ""
    mask = "the mask" if m.pixels else "the empty mask"
    lonely = "; too little is left around it to compare" if m.index and m.pixels and m.around is None else ""
    close = (
        ", but as dark and flat as shade is"
        if m.shadow and m.shadow.likely
        else f", but too close {'together' if m.pixels else 'to it'}"
    )
    why = "" if verdict_of_sides(m) == "unclear" else lonely or close
    text = {
        None: lonely,
        "support": f", so the spectra support {mask}{alike}",
        "against": f", so the spectra speak against {mask}{lonely}",
        "unclear": f"{why}, so the spectra alone do not {'tell' if why else 'separate it'}",
    }[verdict(m)]
    return (text,) if text else ()


def _count_read(match: re.Match[str]) -> float:
    word = match["count"].lower()
    return float(_COUNTS[word] if word in _COUNTS else word.replace(",", ""))


def _condition_holds(words: float | str, m: Measurement) -> bool:
    return any(one.words == words and one.holds for one in m.conditions)


def _noun_read(match: re.Match[str], *, absent: bool) -> str | None:
    return _TARGETS_BY_NOUN[match["noun"].lower()] if bool(match["no"] or match["not"]) == absent else None


def _location_read(match: re.Match[str]) -> str:
    row, column, middle = (part.lower().replace("centre", "center") if part else "" for part in match.groups())
    return "center" if middle or (row, column) == ("middle", "center") else f"{row}-{column}"


def _index_read(match: re.Match[str]) -> str | None:
    return NO_INDEX if match["none"] else match.group() if match.group() in spyndex.indices else None


CLAIM_KINDS = (
    ClaimKind(
        name="presence", sentence="extent", keys=("Target",), wordings=_presence_wordings,
        measured=lambda m: m.target if m.pixels else f"no {m.target}", written=lambda m: m.target,
        pattern=_TARGET, read=lambda match: _noun_read(match, absent=False),
    ),
    ClaimKind(
        name="absence", sentence="extent", wordings=_absence_wordings,
        measured=lambda m: m.target if not m.pixels else f"some {m.target}",
        pattern=_TARGET, read=lambda match: _noun_read(match, absent=True),
    ),
    ClaimKind(
        name="count", measured=lambda m: m.n_regions, pattern=_COUNTED, read=_count_read,
    ),
    ClaimKind(
        name="condition", measured=lambda m: "; ".join(one.measured for one in m.conditions) or None, pattern=_CONDITION,
        read=lambda match: match.group(), holds=_condition_holds, whole=True,
    ),
    ClaimKind(
        name="share", sentence="extent", keys=("Share",), measured=lambda m: 100 * m.share, written=lambda m: share_words(m.share),
        units=(Unit("%", ("%", "percent", "per cent")),), bounded=True,
    ),
    ClaimKind(
        name="area", sentence="extent", keys=("Area",), measured=lambda m: m.area_m2, written=area_words,
        units=(
            Unit("ha", ("ha", "hectare", "hectares"), 1e4),
            Unit("km²", ("km²", "km2"), 1e6),
            Unit("m²", ("m²", "m2")),
        ),
    ),
    ClaimKind(
        name="pixels", sentence="extent", keys=("Pixels",), measured=lambda m: m.pixels,
        written=lambda m: str(m.pixels) if m.pixels and m.area_m2 is None else None,
        units=(Unit("", ("pixel", "pixels")),),
    ),
    ClaimKind(
        name="regions", sentence="extent", keys=("Regions",), measured=lambda m: m.n_regions, written=lambda m: str(m.n_regions),
        pattern=re.compile(rf"\b({'|'.join(_COUNTS)})\s+regions?\b", re.IGNORECASE),
        read=lambda match: float(_COUNTS[match[1].lower()]),
        # Land is covered, but lies in regions.
        units=(Unit("", ("region", "regions")),), quoted_after=re.compile(r"(?:^|\bin )$", re.IGNORECASE),
    ),
    ClaimKind(
        name="largest location", sentence="largest region", keys=("Largest",), wordings=_largest_wordings,
        measured=lambda m: m.largest.location if m.largest else None,
        written=lambda m: m.largest.location if m.largest else None,
        pattern=_LOCATION, read=_location_read,
    ),
    ClaimKind(
        name="largest size", sentence="largest region", keys=("Size of largest",),
        measured=lambda m: m.largest.size if m.largest else None,
        written=lambda m: m.largest.size if m.largest else None,
        pattern=re.compile(rf"\b({'|'.join(sorted(SIZES, key=len, reverse=True))})\b", re.IGNORECASE),
    ),
    ClaimKind(
        name="index name", sentence="spectra", keys=("Index",), wordings=_no_index_wordings,
        measured=lambda m: m.index or NO_INDEX, written=lambda m: m.index,
        pattern=re.compile(r"(?P<none>\bno (?:suitable )?spectral index\b)|\b[A-Za-z]\w*\b", re.IGNORECASE), read=_index_read,
    ),
    ClaimKind(
        name="threshold", sentence="spectra", keys=("Threshold",), measured=lambda m: m.threshold,
        written=lambda m: _index_words(m.threshold) if m.index else None,
        named=re.compile(r"\bthreshold\s+(?:of\s+|is\s+|at\s+)?$", re.IGNORECASE), decimals=1,
        quoted_after=re.compile(r"\bthreshold (?:of |is )?$"),
    ),
    ClaimKind(
        name="index inside", sentence="spectra", keys=("Inside",), wordings=_inside_wordings, measured=lambda m: m.inside,
        written=lambda m: _index_words(m.inside) if m.index else None,
        places=("inside", "within"), decimals=1, quoted_after=_AFTER_INDEX,
    ),
    ClaimKind(
        name="index around", sentence="spectra", keys=("Around", "Over the area"), wordings=_around_wordings,
        measured=lambda m: m.around, written=lambda m: _index_words(m.around) if m.index else None,
        places=("around", "outside", "over"), decimals=1, quoted_after=_AFTER_INDEX,
    ),
    ClaimKind(
        name="comparison", sentence="spectra", keys=("Spectra",), wordings=_comparison_wordings, measured=sides, written=sides,
        pattern=re.compile(rf"\b({'|'.join(_SIDES)})\s+(?:of\s+)?the threshold\b", re.IGNORECASE),
    ),
    ClaimKind(
        name="verdict", sentence="spectra", keys=("Spectra",), wordings=_verdict_wordings, measured=verdict,
        written=verdict_of_sides,
        pattern=re.compile(rf"\bspectra\s+(?:alone\s+)?({'|'.join(_JUDGEMENTS)})\b", re.IGNORECASE),
        read=lambda match: _JUDGEMENTS[match[1].lower()],
    ),
    ClaimKind(name="number", measured=lambda _: None),
)  # fmt: skip
"""In the order of the evidence words and of the sentences. "Comparison" is the side of the threshold, "verdict" what the spectra
make of it; "number" is any other, and never holds."""
