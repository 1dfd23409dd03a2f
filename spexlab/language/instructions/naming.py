"""Which target plain words name, by the word lists that instructions are drawn from.

A checkpoint understands instructions; this is for texts about which no checkpoint is asked, such as those of a released set. It
would rather know nothing than guess: whoever names two targets, or anything beside one, is not understood.
"""

import re
from functools import cache

from spexlab.language.instructions.lexicon import Noun, load_lexicon
from spexlab.targets import TARGETS

_LONGEST = 8
"""No name has more words."""


def named_target(text: str) -> str | None:
    """The one target that English words name; None if they name none, several, or what cannot be extracted beside it.

    Examples
    --------
    >>> [named_target(text) for text in ("Where are the lakes?", "water bodies", "lakes and woods", "boats on the lake")]
    ['water', 'water', None, None]
    """
    names, words = _names(), re.findall(r"[\w'-]+", text.lower())
    named: list[str | None] = []
    start = 0
    while start < len(words):
        lengths = range(min(_LONGEST, len(words) - start), 0, -1)
        length = next((n for n in lengths if " ".join(words[start : start + n]) in names), 0)
        named += [names[" ".join(words[start : start + length])]] if length else []
        start += max(length, 1)
    return named[0] if len(set(named)) == 1 else None


@cache
def _names() -> dict[str, str | None]:
    """What something is called -> its target; None for what cannot be extracted."""
    lexicon = load_lexicon()
    things = {form: None for noun in (*lexicon.things, *lexicon.near) for form in _forms(noun)}
    targets = {form: name for name, vocabulary in lexicon.targets.items() for noun in vocabulary.nouns for form in _forms(noun)}
    return {**things, **targets, **{name: name for name in TARGETS}}


def _forms(noun: Noun) -> list[str]:
    return [form.lower() for form in (noun.singular, noun.plural) if form]
