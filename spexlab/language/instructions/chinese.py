"""Instructions in Chinese."""

import random
from collections.abc import Sequence

from spexlab.evidence.limits import LIMITS, SIZE_LIMITS
from spexlab.language.instructions.lexicon import Lexicon, fill, pick
from spexlab.language.instructions.limited import LIMITED

_ENDS = ("", "", "", "", "。", "", "！", "?", ".", "，谢谢", "，谢谢。", "~", "吧", "，麻烦了", "。谢谢！")
_SIDES = tuple(name for name in LIMITS if name not in SIZE_LIMITS)
_UNLIMITED = 0.03
"""Share of requests with words that sound like a limit and are none."""


def chinese_request(
    include: Sequence[str], exclude: Sequence[str], lexicon: Lexicon, rng: random.Random
) -> tuple[str, tuple[str, ...]]:
    """Ask for targets, perhaps with a limit; returns the text and the limits."""
    words = {"x": _named(include, lexicon, rng), "y": _named(exclude, lexicon, rng)}
    if exclude:
        return chinese_sentence("chinese_exclusion", words, lexicon, rng), ()
    if rng.random() < LIMITED:
        return _limited(words, lexicon, rng)
    if rng.random() < _UNLIMITED:
        words["side"] = pick(rng, lexicon.chinese_limits.sides[pick(rng, _SIDES)])
        return ended(fill(pick(rng, lexicon.chinese_limits.frames["none"]), words, rng=rng, lists=lexicon.words), rng), ()
    return chinese_sentence("chinese_request", words, lexicon, rng), ()


def chinese_sentence(group: str, words: dict[str, str], lexicon: Lexicon, rng: random.Random) -> str:
    """Fill a frame of the group and end it."""
    return ended(fill(pick(rng, lexicon.frames[group]), words, rng=rng, lists=lexicon.words), rng)


def ended(text: str, rng: random.Random) -> str:
    """End a sentence as people do."""
    question = any(word in text for word in "哪吗多什谁几")
    return text + pick(rng, ("？", "", "呢", "?", "？？", "呢？", "") if question and rng.random() < 0.5 else _ENDS)


def _limited(words: dict[str, str], lexicon: Lexicon, rng: random.Random) -> tuple[str, tuple[str, ...]]:
    wording, draw = lexicon.chinese_limits, rng.random()
    size, side = "largest" if rng.random() < 0.68 else "smallest", pick(rng, _SIDES)
    group = "size" if draw < 0.38 else "both" if draw < 0.46 else "place"
    limits = {"size": (size,), "place": (side,), "both": (size, side)}[group]
    words |= {"size": pick(rng, wording.sizes[size]), "side": pick(rng, wording.sides[side])}
    return ended(fill(pick(rng, wording.frames[group]), words, rng=rng, lists=lexicon.words), rng), limits


def _named(targets: Sequence[str], lexicon: Lexicon, rng: random.Random) -> str:
    return pick(rng, ("和", "、", "与", "以及", "还有", "跟", "，", "加上")).join(
        pick(rng, lexicon.chinese[target]) for target in targets
    )
