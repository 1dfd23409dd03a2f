"""Words of an instruction that carry meaning and are not used, in its own words; and words that were taken for a wider target."""

import re
from collections.abc import Collection, Iterator, Sequence

from spexlab.language.clauses import Span
from spexlab.language.condition import Condition
from spexlab.language.instructions.lexicon import load_lexicon
from spexlab.language.reading import Reading
from spexlab.language.vocabulary import Mention, closest, mentions
from spexlab.targets import TARGETS

_SUBJECT = re.compile(
    r"\s*(?:(?:i|we|you|they|he|she|my|our|this|it|there|these|hello|hi|hey|dear|as an?|thanks?)\b|你好|我)", re.IGNORECASE
)
_PERSON = re.compile(r"\b(?:i|we|my|our|she|he|they) (?!want|need|see|look|search)\w+", re.IGNORECASE)
_RESTRICTING = re.compile(r"\b(?:only|just|but|not|no|without|except)\b|n't\b|[只不仅]", re.IGNORECASE)
_VERB_BEFORE = re.compile(
    r"\b(?:i|we|you|they|it|please|kindly|can|could|will|would|should|must|may|might|be|been|do|does|did|let's|let|i'm|i'd|we'd|"
    r"we're|you're|"
    r"(?:want|need|like|love|try|trying|able|going|how|have|has|us|me) to)\s+$",
    re.IGNORECASE,
)
_VERB_AFTER = re.compile(r"\s+(?:the|all|every|any|these|those|it|them|each|my|our|both|me)\b", re.IGNORECASE)
_LEADING = re.compile(
    r"\b(?:in|on|at|of|from|with|by|under|over|to|during|than|after|before|since|until|round|behind|like|per)"
    r"(?: (?:the|an?|my|our|their|this|that))? $",
    re.IGNORECASE,
)
_SAID_OF = re.compile(
    r" (?!(?:and|or|but|to|for|please|here|there|now) )(?:(?!(?:me|us|you|i|we|it|them|please|here|there|now|today|is|are|was|"
    r"were)\b)[\w'-]+ ){0,5}",
    re.IGNORECASE,
)
"""Words between a noun and what is lost of what is said of it: neither another wish nor whom it is for."""
_BETWEEN = re.compile(r"\s*(?:(?:of|the|in|an?|on|at|by|with|的|以|之)\s*)*", re.IGNORECASE)

Taken = tuple[tuple[str, str], ...]
"""Words, and the target that they were taken for."""


def leftovers(
    reading: Reading, used: Collection[str], kept: Collection[Condition], own: Sequence[Collection[str]]
) -> tuple[tuple[str, ...], Taken]:
    """What an instruction says and nothing takes up, and what was taken for a wider target.

    Parameters
    ----------
    reading
        The instruction.
    used
        Targets that are wanted or left out of others.
    kept
        Its conditions that are kept to.
    own
        Wanted targets of each clause.
    """
    loose, taken = _unnamed(reading, _loose(reading, used), own)
    qualified = [span for name in used for word in _taking(reading, name) for span in _qualifiers(reading, word, name)]
    lost = (one for one in reading.conditions if one not in kept)
    missed = [one for one in lost if not (one.unsure and one.limits and one.limits.inside) and not _of_person(reading, one)]
    spans: list[Span] = sorted([*loose, *missed, *dict.fromkeys(qualified)], key=lambda one: one.start)
    runs = list(_runs(reading, spans))
    ends = {end + 1 for _, end in runs}
    runs = [(start if start in ends else _tail(reading, start, end, kept), end) for start, end in runs]
    left_out = (reading.text[start:end] for start, end in _together(runs))
    narrower = ((_words(reading, word), name) for name in used for word in _narrower(reading, name, used))
    return tuple(dict.fromkeys(left_out)), tuple(dict.fromkeys((*narrower, *taken)))


def _of_person(reading: Reading, condition: Condition) -> bool:
    """Whether a condition that cannot be kept tells of the person: "the image that I got last week"."""
    clause = reading.clauses[reading.at(condition)]
    named = any(word.kind == "target" and clause.start <= word.start < condition.start for word in reading.mentions)
    return condition.limits is None and not named and bool(_PERSON.search(reading.text, clause.start, condition.start))


def _loose(reading: Reading, used: Collection[str]) -> list[Mention]:
    """Words with a meaning that no target takes up; a side that is none ("right away") has none."""
    naming = [word for name in used for word in (*_taking(reading, name), *_parts(reading, name, used))]
    naming += [word for word in reading.free if word.kind == "target" and reading.denies(word) and not _overlaps(word, used)]
    told = list(_told(reading, naming))
    words = [word for word in reading.free if word.kind not in ("filler", "place") and word not in naming]
    words = [word for word in words if not (reading.is_aside(word) or any(start <= word.start < end for start, end in told))]
    return [word for word in words if word.kind != "unknown" or not (_does(reading, word) or _slip(reading, word, used))]


def _unnamed(reading: Reading, loose: list[Mention], own: Sequence[Collection[str]]) -> tuple[list[Mention], Taken]:
    """Take unknown words for a target that the model hears where no word names it; returns what is left, and what was taken."""
    taken = []
    for name in dict.fromkeys(name for names in own for name in names if not _naming(reading, name)):
        run = next(_runs(reading, [word for word in loose if word.kind == "unknown" and name in own[reading.at(word)]]), None)
        if run:
            taken.append((reading.text[slice(*run)], name))
            loose = [word for word in loose if not run[0] <= word.start < run[1]]
    return loose, tuple(taken)


def _slip(reading: Reading, word: Mention, used: Collection[str]) -> bool:
    """Whether an unknown word is a noun of what is used, misspelt; a name is none."""
    return not (word.start and reading.text[word.start].isupper()) and bool(closest(_words(reading, word), used))


def _does(reading: Reading, word: Mention) -> bool:
    """Whether an unknown word says how something is done, as verbs and adverbs do: "kindly furnish the lakes, urgently"."""
    first = word.start in (clause.start for clause in reading.clauses)
    verb = _VERB_BEFORE.search(reading.text[: word.start]) or (first and _VERB_AFTER.match(reading.text, word.end))
    return bool(verb) or (_words(reading, word).endswith("ly") and word.end - word.start > 4)


def _naming(reading: Reading, name: str) -> list[Mention]:
    """Words for a target; if there are none, those for what shares classes with it: "houses", where built-up land is shown."""
    nouns = [word for word in reading.free if word.kind == "target"]
    direct = [word for word in nouns if name in word.names]
    return direct or [word for word in nouns if _overlaps(word, [name])]


def _overlaps(word: Mention, targets: Collection[str]) -> bool:
    """Whether a word names a target that shares classes with any of others."""
    return any(TARGETS[one].members & TARGETS[other].members for one in word.names for other in targets)


def _parts(reading: Reading, name: str, used: Collection[str]) -> list[Mention]:
    """Words for a part of a target, that are not to be left out: "buildings", where built-up land is shown."""
    nouns = [word for word in reading.free if word.kind == "target" and not set(word.names) & set(used)]
    asked = [word for word in nouns if not reading.denies(word)]
    return [word for word in asked if all(TARGETS[other].members < TARGETS[name].members for other in word.names)]


def _taking(reading: Reading, name: str) -> list[Mention]:
    """Words that a target takes up: not what the instruction says no to beside it, nor "irrigated" beside "fields"."""
    words = _naming(reading, name)
    asked = [word for word in words if not reading.denies(word)] or words
    known = load_lexicon().targets.get(name)
    nouns = [word for word in asked if known is None or _words(reading, word).lower() not in known.like]
    return nouns or asked


def _narrower(reading: Reading, name: str, used: Collection[str]) -> list[Mention]:
    """Words for a kind or a part of a target, where no others name it."""
    naming = [word for word in _naming(reading, name) if not any(_qualifiers(reading, word, name))]
    return _parts(reading, name, used) if any(word.core and name in word.names for word in naming) else naming


def _qualifiers(reading: Reading, word: Mention, name: str) -> Iterator[Mention]:
    """What narrows a noun that means all of a target, and cannot be kept to: "oak" of "oak woods", "red" of "red roofs"."""
    said = _words(reading, word)
    for match in [] if word.core else re.finditer(r"(?<! of)(?<! and)(?<! or)(?:\s+|-)(?!(?:of|and|or)\b)", said):
        noun = mentions(said[match.end() :])
        if len(noun) == 1 and noun[0].kind == "target" and noun[0].core and name in noun[0].names:
            yield Mention(word.start, word.start + match.start(), "quality")
            return


def _words(reading: Reading, span: Span) -> str:
    return reading.text[span.start : span.end]


def _told(reading: Reading, naming: Sequence[Mention]) -> Iterator[tuple[int, int]]:
    """Sentences that tell about the person: "I am a hydrologist."."""
    meant = [word.start for word in naming] + [one.start for one in reading.conditions if one.limits]
    starts = [clause.start for clause in reading.clauses if not clause.joined]
    for start, end in zip(starts, [*starts[1:], len(reading.text)], strict=True):
        restricts = _RESTRICTING.search(reading.text, start, end)
        if _SUBJECT.match(reading.text, start) and not restricts and not any(start <= place < end for place in meant):
            yield start, end


def _runs(reading: Reading, spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Words that follow each other in a clause, as one; with the preposition before them."""
    spans = list(spans)
    while spans:
        first = last = spans.pop(0)
        while spans and _adjacent(reading, last, spans[0]):
            last = spans.pop(0)
        single = isinstance(first, Mention) and first.kind == "quality"
        lead = None if single else _LEADING.search(reading.text[: first.start])
        yield lead.start() if lead else first.start, last.end


def _tail(reading: Reading, start: int, end: int, kept: Collection[Condition]) -> int:
    """Where words begin that belong to lost ones behind a noun: "owned by the cooperative", where only the last is strange."""
    clause = reading.clauses[max(number for number, one in enumerate(reading.clauses) if one.start <= start or not number)]
    nouns = [word for word in reading.mentions if word.kind == "target" and not start <= word.start < end]
    before: list[Span] = [*nouns, *kept]
    anchors = [one.end for one in before if clause.start <= one.start and one.end <= start]
    between = reading.text[max(anchors) : start] if anchors else ""
    return start - len(between.lstrip()) if _SAID_OF.fullmatch(between) else start


def _together(runs: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Runs of words, those that have grown into each other as one."""
    runs = sorted(runs)
    while runs:
        start, end = runs.pop(0)
        while runs and runs[0][0] < end:
            end = max(end, runs.pop(0)[1])
        yield start, end


def _adjacent(reading: Reading, one: Span, other: Span) -> bool:
    """Whether two words, of which none is a condition, are parted by no more than "of the"."""
    words = isinstance(one, Mention) and isinstance(other, Mention)
    return words and reading.at(one) == reading.at(other) and bool(_BETWEEN.fullmatch(reading.text, one.end, other.start))
