"""Which words of an instruction name what: targets, places, sizes, things that cannot be extracted, and what carries no meaning.

The words are those that the language model learnt from (`spexlab.language.instructions`). Whatever stands in none of its lists is
unknown, and must not be passed over in silence.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Literal

from spexlab.evidence.bounds import quality_of
from spexlab.language.instructions.lexicon import FIXED, Choice, Lexicon, Noun, Template, Wording, load_lexicon
from spexlab.targets import OWN

Kind = Literal["target", "place", "order", "quality", "filler", "thing", "unknown"]

_TOKEN = re.compile(r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+(?:['’][^\W\d_\u4e00-\u9fff]+)*")
_JOINT = re.compile(r"[\s_-]*")
_ENDINGS = ("'s", "s", "es", "d", "ed", "ing")
_CHINESE_CORE = 8
"""Chinese words of a target that mean all of it; the lists begin with them."""
_FRAMES = (
    *("imperative", "question", "plural_question", "mass_question", "telegraphic", "statement", "loose", "passive", "fragment"),
    *("being", "clause", "mention", "request", "greeting", "context", "suffix", "chinese_request", "chinese_exclusion"),
    *("exclusion_after", "exclusion_sentence", "exclusion_before"),
)
"""Sentences whose own words carry no meaning: all requests."""
_LISTS = (
    *("verb", "did", "past", "matter", "quality", "person", "job"),
    *("employer", "work", "work_short", "format", "parts", "pointing"),
)
"""Lists of such words."""
_MAP = re.compile(r"\s+(?:maps?|masks?|outlines?|layers?|polygons?)\b", re.IGNORECASE)
_WHOLE = ("and", "or", "cover", "extent", "surfaces", "network")
"""Words that leave a target as wide as it is: "road network"."""


@dataclass(frozen=True)
class Mention:
    """Words of an instruction and what they name."""

    start: int
    """First character."""
    end: int
    """One after the last."""
    kind: Kind
    names: tuple[str, ...] = ()
    """Targets, places or orders that the words may stand for."""
    core: bool = True
    """Of a target: whether the words mean all of it ("lakes and rivers"), rather than a kind ("fish ponds")."""


@cache
def vocabulary() -> dict[tuple[str, ...], Mention]:
    """Words in lower case -> what they name; positions are zero. Made once a process."""
    lexicon = load_lexicon()
    known: dict[tuple[str, ...], Mention] = {}
    own: list[_Entry] = [("target", word, one.name, True) for one in OWN.values() for word in one.words]
    entries = (_things(lexicon), _fillers(lexicon), _qualities(lexicon), _targets(lexicon), _limits(lexicon), own)
    for kind, phrase, name, core in (entry for source in entries for entry in source):  # the later, the weightier
        tokens = tuple(_normal(token) for token in _TOKEN.findall(phrase))
        before = known.get(tokens)
        names = (
            before.names if before and before.kind == kind and name not in OWN else ()
        )  # a word of one's own has no other meaning
        more = (name,) if name and name not in names else ()
        known[tokens] = Mention(0, 0, kind, (*names, *more), core or (bool(names) and before is not None and before.core))
    return known


def mentions(text: str) -> list[Mention]:
    """Read a text from left to right, the longest known phrase first; every word is in exactly one mention."""
    tokens, read = list(_TOKEN.finditer(text)), []
    while tokens:
        count, meant = _first(text, tokens)
        read.append(replace(meant, start=tokens[0].start(), end=tokens[count - 1].end()))
        del tokens[:count]
    return _described(text, read)


def _described(text: str, read: Sequence[Mention]) -> list[Mention]:
    """Mentions in which words such as "expensive" have a meaning: right before a target, and none in "an expensive report"."""
    found, behind, last = list[Mention](), "", 0
    for mention in reversed(read):
        word = text[mention.start : mention.end].lower()
        of_a_map = behind == "target" and _MAP.match(text, last)
        describing = mention.kind == "filler" and behind in ("target", "described") and not of_a_map and word in _describing()
        found.append(replace(mention, kind="quality") if describing else mention)
        behind, last = ("described", last) if describing else (mention.kind, mention.end)
    return found[::-1]


@cache
def _describing() -> frozenset[str]:
    words = (word for template in load_lexicon().words["quality"] for word in _literals(template))
    return frozenset(words) - _plain()


def closest(words: str, targets: Iterable[str] | None = None) -> str:
    """The noun of a target that words resemble, as a typo does; "" if there is none."""
    lexicon, typed = load_lexicon(), words.lower()
    if len(typed) < 4:
        return ""
    known = (lexicon.targets[name] for name in targets or lexicon.targets if name in lexicon.targets)
    nouns = (word for one in known for word in _forms(one.nouns))
    # Few slips change a word's length much, or both its ends; comparing with every noun takes ten milliseconds.
    alike = [noun for noun in nouns if abs(len(noun) - len(typed)) < 3 and (noun[0] == typed[0] or noun[-1] == typed[-1])]
    return next(iter(get_close_matches(typed, alike, n=1, cutoff=0.75)), "")


def counted(words: str, target: str) -> tuple[str, ...]:
    """One and many of what words name, if one can count it.

    >>> counted("Lakes", "water"), counted("snow", "snow")
    (('lake', 'lakes'), ())
    """
    if target in OWN:
        one, many = OWN[target].words
        return (one, many) if words.lower() in (one, many) else ()
    for noun in load_lexicon().targets[target].nouns:
        if noun.singular and noun.plural and words.lower() in (noun.singular, noun.plural):
            return noun.singular, noun.plural
    return ()


def learn_words() -> None:
    """Read the words anew, as somebody taught a target of their own."""
    for kept in (vocabulary, _longest, _tokens):
        kept.cache_clear()


def is_known(word: str) -> bool:
    """Whether a word in lower case stands in a list, alone or in a phrase, or is another form of one that does."""
    return word in _tokens() or _inflected(word).kind != "unknown"


@cache
def _tokens() -> frozenset[str]:
    return frozenset(token for phrase in vocabulary() for token in phrase)


@cache
def _longest() -> int:
    return max(map(len, vocabulary()))


def _first(text: str, tokens: list[re.Match[str]]) -> tuple[int, Mention]:
    """The longest known phrase at the head of a text, and how many tokens it has."""
    words = [_normal(token.group()) for token in tokens[: _longest()]]
    for count in range(len(words), 0, -1):
        meant = vocabulary().get(tuple(words[:count]))
        if meant and all(_JOINT.fullmatch(text, one.end(), other.start()) for one, other in pairwise(tokens[:count])):
            return (1, Mention(0, 0, "quality")) if _qualified(words[:count], meant) else (count, meant)
    return 1, _inflected(words[0])


def _qualified(words: Sequence[str], meant: Mention) -> bool:
    """Whether a phrase is a word such as "dense" before another that names the same target: "dense forest", not "green areas"."""
    quality, rest = quality_of(words[0]), vocabulary().get(tuple(words[1:]))
    if meant.kind != "target" or quality is None or rest is None or rest.kind != "target":
        return False
    return bool(quality.targets & set(meant.names) & set(rest.names))


def _inflected(word: str) -> Mention:
    """What a word in another form than the known one means; nouns of targets are known in all forms."""
    stems = (stem for ending in _ENDINGS if word.endswith(ending) for stem in _stems(word.removesuffix(ending)))
    known = (vocabulary().get((stem,)) for stem in stems)
    return next((one for one in known if one and one.kind in ("filler", "thing", "quality")), Mention(0, 0, "unknown"))


def _stems(word: str) -> tuple[str, ...]:
    return (word, word + "e", word[:-1]) if word[-1:] == word[-2:-1] else (word, word + "e")


def _normal(token: str) -> str:
    return token.lower().replace("’", "'")


_Entry = tuple[Kind, str, str, bool]


def _forms(nouns: Iterable[Noun]) -> Iterator[str]:
    return (form for noun in nouns for form in (noun.singular, noun.plural) if form)


def _things(lexicon: Lexicon) -> Iterator[_Entry]:
    words = (*_forms((*lexicon.things, *lexicon.near)), *lexicon.chinese["things"])
    return (("thing", word, "", True) for word in words)


@cache
def _plain() -> frozenset[str]:
    texts = tomllib.loads(resources.files(__package__).joinpath("plain.toml").read_text(encoding="utf-8"))
    return frozenset(word for text in texts.values() for word in text.split())


def _fillers(lexicon: Lexicon) -> Iterator[_Entry]:
    groups = [*(lexicon.frames[name] for name in _FRAMES), *(lexicon.words[name] for name in _LISTS)]
    said = {phrase for group in groups for template in group for phrase in _literals(template)}
    words = {word for phrase in said for word in (phrase.split() if phrase.isascii() else [phrase])}
    common = (phrase for template in lexicon.words["common"] for phrase in _literals(template))
    return (("filler", word, "", True) for word in (*words, *common, *_forms(lexicon.heads), *_plain(), *FIXED))


def _qualities(lexicon: Lexicon) -> Iterator[_Entry]:
    adjectives = (phrase for template in lexicon.frames["adjective"] for phrase in _literals(template))
    like = (word for vocabulary in lexicon.targets.values() for word in vocabulary.like)
    sounding = (word for word in lexicon.limits.harmless if not word.endswith(("largest", "biggest", "smallest")))
    return (("quality", word, "", True) for word in (*adjectives, *like, *sounding) if word not in _plain())


def _targets(lexicon: Lexicon) -> Iterator[_Entry]:
    for name, one in lexicon.targets.items():
        core = {*_forms(one.core), *(set(one.covered) - set(one.like)), *_forms(lexicon.heads), *FIXED, *_WHOLE}
        own = {token for words in core for token in (*words.split(), words.replace(" ", ""))}
        for word in _forms(one.nouns):
            yield "target", word, name, set(word.split()) <= own
        yield from (("target", word, name, word not in one.like) for word in (*one.covered, *one.being, *one.clauses))
        for number, word in enumerate(lexicon.chinese[name]):
            yield "target", word, name, number < _CHINESE_CORE


def _limits(lexicon: Lexicon) -> Iterator[_Entry]:
    for wording in (lexicon.limits, lexicon.chinese_limits):
        for order, words in wording.sizes.items():
            yield from (("order", word.removesuffix("的"), order, True) for word in words)
        yield from _sides(wording)


def _sides(wording: Wording) -> Iterator[_Entry]:
    for place, words in wording.sides.items():
        yield from (("place", word, place, True) for word in (*words, *wording.sided.get(place, ())))


def _literals(template: Template) -> Iterator[str]:
    """What a template says whatever is filled in."""
    for part in template:
        if isinstance(part, str):
            yield from (piece.strip() for piece in re.split(r"[，,.:;!?。]", part) if piece.strip())
        elif isinstance(part, Choice):
            for option in part.options:
                yield from _literals(option)
