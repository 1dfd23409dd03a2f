"""Conditions that an instruction sets: places, sizes, distances, counts; and those that nothing here keeps, such as years.

The model was taught which targets an instruction names, and hears some limits, but neither figures nor what is left out ("not in
the north"). Conditions are therefore read from the words themselves, in their usual forms, in English and Chinese; what the model
hears decides only where a word may be a limit or not ("top", "largest").
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from spexlab.evidence.bounds import QUALITIES, quality_of
from spexlab.evidence.limits import Limits, Near
from spexlab.language.choices import choices
from spexlab.language.condition import Condition, inner
from spexlab.language.distances import Nearness, nearness
from spexlab.language.negation import DROPPING, ZH_DROPPING
from spexlab.language.sides import sides
from spexlab.language.sizes import PIXELS, SIZE, pixels_of, sizes_of
from spexlab.language.unkept import unkept
from spexlab.language.vocabulary import Mention

# Before a size that is not wanted: "ignore anything below 50 pixels".
_UNWANTED = re.compile(
    rf"(?:\b(?:but|and|please|or) )*\b(?:no|not|nothing|{DROPPING})(?: (?:anything|everything|those|all|any|the|ones|small|tiny|"
    r"patches|pieces|bits|regions|areas|objects|polygons|specks|parts|that|which|is|are))* $|"
    rf"(?:并且?|但)?{ZH_DROPPING}$",
    re.IGNORECASE,
)

# What stands for a target that was named before, and what parts it from it.
_REFERRING = re.compile(r"them|it|those|these", re.IGNORECASE)
_SHORE = re.compile(
    r"(?:(?:sea)?(?:coast|shore)(?:s|lines?)?|waterfronts?|(?:river|water)sides?|(?:river)?banks?|seaside)\b(?! of\b)",
    re.IGNORECASE,
)
"""Words for the edge of water: something can be near it."""
_JOINT = re.compile(r" (?:(?P<or>or|and/or)|and) (?:(?:the|an?|any|some) )?", re.IGNORECASE)
_BOTH = re.compile(r"\b(?:both|either)\b", re.IGNORECASE)
_PAUSE = re.compile(r",|;|\.|\band\b|，|。|、")

# Around a target: what an index can tell of it, "dense forest", "where the grass is dry".
_QUALITY = "|".join(word for one in QUALITIES.values() for word in one.english)
_ZH_QUALITY = "|".join(word for one in QUALITIES.values() for word in one.chinese)
_QUALITY_BEFORE = re.compile(rf"(?:\b({_QUALITY}) |({_ZH_QUALITY})的?)$", re.IGNORECASE)
_QUALITY_AFTER = re.compile(
    rf"(?: (?:that|which|where it|where they))? (?:is|are|looks?|grows?|was|were) "
    rf"(?:very |rather |still |quite |all )?({_QUALITY})\b",
    re.IGNORECASE,
)


def read_conditions(text: str, mentions: Sequence[Mention]) -> list[Condition]:
    """Conditions of an instruction on one line, in order; no two overlap.

    Parameters
    ----------
    text
        The instruction.
    mentions
        `spexlab.language.vocabulary.mentions` of it.
    """
    found: list[Condition] = []
    for source in (
        _near(text, mentions),
        _bounds(text, mentions),
        _sizes(text),
        unkept(text, mentions),
        choices(text, mentions),
        sides(text, mentions),
    ):
        found += [one for one in source if not any(one.start < other.end and other.start < one.end for other in found)]
    return sorted(found, key=lambda one: one.start)


def _near(text: str, mentions: Sequence[Mention]) -> Iterator[Condition]:
    """Within 200 m of a field; next to them."""
    named: list[Mention] = []
    for at, mention in enumerate(mentions):
        referring = mention.kind == "filler" and _REFERRING.fullmatch(text, mention.start, mention.end)
        shore = mention.kind in ("unknown", "filler") and _SHORE.match(text, mention.start)
        if not (mention.kind == "target" or referring or shore):
            continue
        near = nearness(text, mention.start, mention.end)
        referred = _referred(text[: near.start], named) if near and referring else None
        if near and (referred or not referring):
            names, end, lost = _neighbours(text, near, mentions[at:], referred)
            words = text[near.start : end]
            limits = Limits(near=tuple(Near(name, metres, farther, words) for name in names for metres, farther in near.bounds))
            yield Condition(near.start, end, limits)
            yield from () if lost is None else (Condition(*lost, None),)
        named += [mention] if mention.kind == "target" else []


def _neighbours(
    text: str, near: Nearness, words: Sequence[Mention], referred: Mention | None
) -> tuple[tuple[str, ...], int, tuple[int, int] | None]:
    """What a distance is from ("a river or lake", "both water and houses"), where that ends, and what "or" adds that is lost."""
    first, *following = words
    named = referred or first
    name = named.names[0] if named.kind == "target" else "water"
    other = next((one for one in following if one.kind == "target" and one.start >= near.end), None)
    joint = _JOINT.fullmatch(text, near.end, other.start) if other else None
    if other is None or joint is None:
        return (name,), near.end, None
    if other.names[0] == name or _BOTH.search(text, near.start, first.start):
        return tuple(dict.fromkeys((name, other.names[0]))), other.end, None
    return (name,), near.end, (near.end + 1, other.end) if joint["or"] else None


def _referred(text: str, named: Sequence[Mention]) -> Mention | None:
    """What "them" stands for at the end of a text: not what "them" is said of, "the lakes, and the houses next to them"."""
    if not named:
        return None
    *_, last = named
    others = [one for one in named if set(one.names).isdisjoint(last.names)]
    return others[-1] if others and not _PAUSE.search(text, last.end) else last


def _bounds(text: str, mentions: Sequence[Mention]) -> Iterator[Condition]:
    """Dense forest; the grass that is dry."""
    for mention in (one for one in mentions if one.kind == "target"):
        for match in (_QUALITY_BEFORE.search(text[: mention.start]), _QUALITY_AFTER.match(text, mention.end)):
            word = next(filter(None, match.groups())) if match else ""
            quality = quality_of(word.lower())
            if match and quality and quality.targets & set(mention.names):
                yield Condition(*inner(match), Limits(bounds=(replace(quality.bound, words=word),)))


def _sizes(text: str) -> Iterator[Condition]:
    for match in SIZE.finditer(text):
        start, end = inner(match)
        unwanted, sizes = _UNWANTED.search(text[:start]), sizes_of(match)
        if unwanted is None:
            yield Condition(start, end, Limits(size=sizes))
            continue
        other = Limits(size=tuple(replace(size, op="<" if size.op == ">" else ">") for size in sizes))
        yield Condition(unwanted.start(), end, other if len(sizes) == 1 else None)  # smaller or larger cannot both be asked for
    yield from (Condition(*inner(match), Limits(size=(pixels_of(match),))) for match in PIXELS.finditer(text))
