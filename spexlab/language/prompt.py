"""Numbers to words: the evidence that SPEX is given about a mask, and the text it learns to write from it."""

import random
from collections.abc import Sequence

from spexlab.evidence.regions import Measurement, share_words
from spexlab.language.claims import NOUNS, CheckedClaim, Claim, check_claims, read_claims, sides, verdict

__all__ = [
    "CheckedClaim",
    "Claim",
    "check_claims",
    "evidence_words",
    "explanation",
    "read_claims",
]

_PLURAL = frozenset({"trees", "buildings"})
# What the index of a target cannot tell from it.
_ALIKE = {
    **dict.fromkeys(("trees", "low vegetation", "cropland", "wetland"), "other plants have"),
    **dict.fromkeys(("buildings", "impervious", "built-up"), "dry soil has"),
    "bare": "roofs and roads have",
}


def evidence_words(m: Measurement) -> str:
    """Write a measurement as compactly as a language model needs it; what was not measured is left out.

    The numbers are those that `explanation` uses, character by character.
    """
    return "Measured: {" + ", ".join(f"'{key}': {value}" for key, value in _evidence(m)) + "}"


def explanation(m: Measurement, rng: random.Random | None = None) -> str:
    """Say in two to four plain sentences what a measurement says, with the numbers of `evidence_words`.

    Parameters
    ----------
    m : Measurement
    rng : random.Random, optional
        Chooses among the wordings; without it the first of each is taken.
    """
    fill = _fill(m)
    kind = "absent" if m.pixels == 0 else "one region" if m.n_regions == 1 else "regions"
    templates = [_OPENINGS["absent" if m.pixels == 0 else "present"]]
    if m.pixels:
        templates.append(_LARGEST[kind])
    chosen = [_choose(options, rng) for options in templates]
    return " ".join(_sentence(text.format(**fill)) for text in (*chosen, _spectral_sentence(m, rng)))


def _index_words(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"  # no "-0.00"


def _area_words(m: Measurement) -> str:
    """Return the area in the unit that keeps it readable, or the number of pixels where the pixel size is unknown."""
    if m.area_m2 is None:
        return f"{m.pixels} pixel{'s' * (m.pixels != 1)}"
    if m.area_m2 < 1e4:
        return f"{m.area_m2:.{1 if m.area_m2 < 10 else 0}f} m²"
    return f"{m.area_m2 / 1e4:.1f} ha" if m.area_m2 < 1e7 else f"{m.area_m2 / 1e6:.1f} km²"


def _evidence(m: Measurement) -> list[tuple[str, object]]:
    """Return keys and values in the order in which the sentences need them."""
    words: list[tuple[str, object]] = [("Target", repr(m.target)), ("Share", repr(share_words(m.share)))]
    if m.pixels:
        words.append(("Pixels", m.pixels) if m.area_m2 is None else ("Area", repr(_area_words(m))))
    words.append(("Regions", m.n_regions))
    if m.largest:
        words += [("Largest", repr(m.largest.location)), ("Size of largest", repr(m.largest.size))]
    if m.index is None:
        return words
    words.append(("Index", repr(m.index)))
    numbers = {"Threshold": m.threshold, "Inside": m.inside, "Around" if m.pixels else "Over the area": m.around}
    words += [(key, _index_words(value)) for key, value in numbers.items() if value is not None]
    side = sides(m)
    return [*words, ("Spectra", repr(f"{side}, {verdict(m)}"))] if side else words


def _fill(m: Measurement) -> dict[str, str]:
    """Return what the templates' brackets stand for."""
    plural = m.target in _PLURAL
    return {
        "target": NOUNS.get(m.target, m.target),
        "covers": "cover" if plural else "covers",
        "is_": "are" if plural else "is",
        "was": "were" if plural else "was",
        "share": share_words(m.share),
        "area": _area_words(m),
        "regions": f"{m.n_regions} region{'s' * (m.n_regions != 1)}",
        "regions_cover": "covers" if m.n_regions == 1 else "cover",
        "size": m.largest.size if m.largest else "",
        "place": m.largest.location if m.largest else "",
    }


def _spectral_sentence(m: Measurement, rng: random.Random | None) -> str:
    if m.index is None:
        return _choose(_NO_INDEX, rng)
    state = "absent" if m.pixels == 0 else "inside" if m.around is None else "both"
    numbers = {"inside": m.inside, "around": m.around, "threshold": m.threshold}
    fill = {key: _index_words(value) for key, value in numbers.items() if value is not None}
    fill["alike"] = f", though {_ALIKE[m.target]} a high {m.index} too" if m.target in _ALIKE else ""
    side = sides(m)
    end = _choose(_VERDICTS[state, side], rng) if side else _PLAIN_ENDS[state]
    return (_choose(_MEANS[state], rng) + end).format(index=m.index, **fill)


def _choose(options: Sequence[str], rng: random.Random | None) -> str:
    return rng.choice(options) if rng else options[0]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


_OPENINGS = {
    "present": (
        "{target} {covers} {share} of the area, {area}, in {regions}.",
        "{target} {is_} found on {share} of the area: {area} in {regions}.",
        "the mask of {target} measures {area}, which is {share} of the area, in {regions}.",
        "in this area {target} {covers} {area} ({share}) in {regions}.",
        "{regions} of {target} {regions_cover} {area}, or {share} of the area.",
        "{share} of the area, or {area}, is covered by {target} in {regions}.",
        "there {is_} {target} on {area}, {share} of the area, in {regions}.",
        "{target} {covers} {area} in {regions}, which is {share} of the area.",
    ),
    "absent": (
        "no {target} {was} found in the area.",
        "{target} {was} not found in this area.",
        "there {is_} no {target} in this area: the mask is empty.",
        "the mask is empty: no {target} {was} found.",
        "the model finds no {target} here.",
        "no {target} can be seen in the area.",
    ),
}
_LARGEST = {
    "regions": (
        "the largest is {size} and lies in the {place}.",
        "the largest region is {size} and lies in the {place}.",
        "the largest one, {size} in size, is in the {place}.",
        "the largest lies in the {place} and is {size} in size.",
        "in the {place} lies the largest region, which is {size}.",
        "the largest of them is {size} and is found in the {place}.",
    ),
    "one region": (
        "it is {size} and lies in the {place}.",
        "the region is {size} and lies in the {place}.",
        "this region, {size} in size, is in the {place}.",
        "it lies in the {place} and is {size} in size.",
        "in the {place} lies this region, which is {size}.",
        "the only region is {size} and is found in the {place}.",
    ),
}
_MEANS = {
    "both": (
        "{index} averages {inside} inside the mask and {around} around it",
        "the mean {index} is {inside} inside the mask and {around} around it",
        "inside the mask {index} averages {inside}, around it {around}",
        "{index} is {inside} on average inside the mask and {around} just outside it",
        "mean {index} is {inside} within the mask and {around} in the ring around it",
        "on average {index} is {inside} inside the mask, against {around} around it",
    ),
    "inside": (
        "{index} averages {inside} inside the mask",
        "the mean {index} is {inside} inside the mask",
        "inside the mask {index} averages {inside}",
        "{index} is {inside} on average inside the mask",
        "mean {index} is {inside} within the mask",
        "on average {index} is {inside} inside the mask",
    ),
    "absent": (
        "{index} averages {around} over the area",
        "the mean {index} is {around} over the area",
        "over the whole area {index} averages {around}",
        "{index} is {around} on average over the area",
        "over the area the mean {index} is {around}",
        "on average {index} is {around} over the area",
    ),
}
_TOO_LITTLE = "; too little is left around it to compare"
_PLAIN_ENDS = {"both": ".", "inside": _TOO_LITTLE + ".", "absent": "."}
_JUDGEMENTS = {
    ("both", "two sides"): ("on the two sides of", "support the mask{alike}"),
    ("both", "wrong sides"): ("on the wrong sides of", "speak against the mask"),
    ("both", "both above"): ("both above", "alone do not separate it"),
    ("both", "both below"): ("both below", "alone do not separate it"),
    ("inside", "above"): ("above", "support the mask{alike}" + _TOO_LITTLE),
    ("inside", "below"): ("below", "speak against the mask" + _TOO_LITTLE),
    ("absent", "below"): ("below", "support the empty mask"),
    ("absent", "above"): ("above", "speak against the empty mask"),
}
_VERDICTS = {
    (state, side): tuple(
        f"{start}{where} the threshold {{threshold}}, so the spectra {judgement}."
        for start in (", ", ": ", ". These are " if state == "both" else ". This is ")
    )
    for (state, side), (where, judgement) in _JUDGEMENTS.items()
}
_NO_INDEX = (
    "these bands allow no suitable spectral index, so the mask rests on the image alone.",
    "no suitable spectral index can be computed from these bands, so the mask rests on the image alone.",
    "the mask rests on the image alone, as these bands allow no suitable spectral index.",
    "there is no suitable spectral index in these bands, so nothing but the image speaks for the mask.",
    "as these bands give no suitable spectral index, the mask rests on the image alone.",
    "with no suitable spectral index in these bands, the mask could not be checked against the spectra.",
)
