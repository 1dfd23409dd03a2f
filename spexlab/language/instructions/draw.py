"""Instructions drawn at random, with what they ask for.

A drawn instruction includes targets, and may exclude others ("vegetation but not crops"). One that includes nothing must be
refused. Words and sentence frames are data (`spexlab.language.instructions.lexicon`); here they are put together. Three rules
decide what a sentence asks for:

- The head of the noun phrase counts: "houses by the lake" asks for buildings, "boats on the lake" and "lake depth" for nothing.
- Of a list, what can be extracted is ("cars and water" asks for water).
- An exclusion alone ("not water") names nothing to extract.

A limit ("the largest lake", "only in the north") holds for all that is included; what counts as one is written in ``limits.toml``.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from spexlab.language.instructions.chinese import chinese_request, chinese_sentence, ended
from spexlab.language.instructions.lexicon import Lexicon, load_lexicon, pick
from spexlab.language.instructions.limited import LIMITED, Limited, draw_limits, no_limit
from spexlab.language.instructions.noise import gibberish, typed
from spexlab.language.instructions.phrases import Phrase, invented_phrase, limited_phrase, listed, target_phrase, thing_phrase
from spexlab.language.instructions.sentences import Weights, extra, request, sentence
from spexlab.targets import TARGETS

REFUSED = 0.34
"""Share of instructions that name nothing which can be extracted."""
CHINESE = 0.12
"""Share of instructions in Chinese, refused ones included."""

_TARGETS = Weights({name: target.instruction_weight for name, target in TARGETS.items()})
_REFUSALS = Weights(
    {
        "things": 0.25,
        "near": 0.14,
        "attribute": 0.20,
        "invented": 0.08,
        "prose": 0.07,
        "negation": 0.06,
        "chat": 0.07,
        "injection": 0.03,
        "code": 0.03,
        "foreign": 0.03,
        "gibberish": 0.04,
    }
)
_CHINESE_REFUSALS = Weights({"things": 0.40, "attribute": 0.30, "negation": 0.12, "chat": 0.18})


@dataclass(frozen=True, slots=True)
class Instruction:
    """What somebody typed, and what it asks for."""

    text: str
    """As typed."""
    include: tuple[str, ...] = ()
    """Targets to extract, in the order of `spexlab.targets.TARGETS`; empty where the instruction must be refused."""
    exclude: tuple[str, ...] = ()
    """Targets whose area is taken out again; empty where nothing is included."""
    limits: tuple[str, ...] = ()
    """Limits of size and place, in the order of `spexlab.evidence.limits.LIMITS`; empty where nothing is included."""


def draw_instruction(rng: random.Random) -> Instruction:
    """Draw an instruction and what it asks for; the same generator state gives the same instruction.

    Parameters
    ----------
    rng : random.Random
        Source of all randomness.

    Returns
    -------
    Instruction
        English or Chinese; about a third must be refused.
    """
    lexicon = load_lexicon()
    refused = rng.random() < REFUSED
    if rng.random() < CHINESE:
        return _refused_chinese(lexicon, rng) if refused else _chinese(lexicon, rng)
    return _refused(lexicon, rng) if refused else _english(lexicon, rng)


def _in_order(targets: Sequence[str]) -> tuple[str, ...]:
    return tuple(target for target in TARGETS if target in targets)


def _draw_targets(rng: random.Random, *, most: int = 3) -> list[str]:
    draw = rng.random()
    wanted = min(most, 1 if draw < 0.82 else 2 if draw < 0.95 else 3)
    chosen: list[str] = []
    while len(chosen) < wanted:
        target = _TARGETS.draw(rng)
        if target not in chosen:
            chosen.append(target)
    return chosen


def _draw_excluded(include: Sequence[str], rng: random.Random) -> list[str]:
    """Draw one or two targets to exclude, such that something is left of every included one."""
    members = [t for t in TARGETS if any(TARGETS[t].members < TARGETS[i].members for i in include)]
    chosen: list[str] = []
    wanted = 2 if rng.random() < 0.15 else 1
    while len(chosen) < wanted:
        target = pick(rng, members if members and rng.random() < 0.7 else list(TARGETS))
        gone = TARGETS[target].members.union(*(TARGETS[t].members for t in chosen))
        if target not in include and all(TARGETS[i].members - gone for i in include):
            chosen.append(target)
        elif len(include) > 1 or chosen:
            wanted -= 1
    return list(dict.fromkeys(chosen))


# English


def _english(lexicon: Lexicon, rng: random.Random) -> Instruction:
    include = _draw_targets(rng)
    excluding = rng.random() < 0.17
    limited = draw_limits(lexicon, rng, sentences=not excluding) if rng.random() < LIMITED else Limited()
    phrases = [_target(target, limited, lexicon, rng) for target in include]
    if rng.random() < 0.03 and not limited.limits:
        phrases.insert(rng.randint(0, len(phrases)), thing_phrase(lexicon.things, lexicon, rng=rng))
    phrase = listed(phrases, rng)
    draw = rng.random()
    if limited.after:
        phrase = phrase.followed_by(limited.after)
    elif draw < 0.09:
        phrase = phrase.followed_by(" " + extra("where", lexicon, rng))
    elif draw < 0.13 and not limited.limits:
        phrase = phrase.followed_by(no_limit(lexicon, rng))
    if excluding:
        text, exclude = _with_exclusion(phrase, include, lexicon=lexicon, rng=rng)
    else:
        text, exclude = request(phrase, lexicon, rng, opening=limited.opening, closing=limited.closing), ()
    return Instruction(text, _in_order(include), exclude, limited.limits)


def _target(target: str, limited: Limited, lexicon: Lexicon, rng: random.Random) -> Phrase:
    vocabulary = lexicon.targets[target]
    if limited.size or limited.side:
        return limited_phrase(vocabulary, lexicon, size=limited.size, side=limited.side, rng=rng)
    return target_phrase(vocabulary, lexicon, rng=rng)


def _with_exclusion(phrase: Phrase, include: Sequence[str], *, lexicon: Lexicon, rng: random.Random) -> tuple[str, tuple[str, ...]]:
    exclude = _draw_excluded(include, rng)
    phrases = [target_phrase(lexicon.targets[target], lexicon, rng=rng) for target in exclude]
    if not phrases or rng.random() < 0.08:
        exclude, phrases = [], [thing_phrase(lexicon.things, lexicon, rng=rng)]
    left_out = listed(phrases, rng)
    words = left_out.words() | {"y": left_out.np, "ybare": left_out.bare}
    draw = rng.random()
    if draw < 0.7:
        text = request(phrase.followed_by(" " + extra("exclusion_after", lexicon, rng, words=words)), lexicon, rng, plain=True)
    elif draw < 0.85:
        first = extra("exclusion_before", lexicon, rng, words=words)
        text = typed(first + " " + sentence(phrase, lexicon, rng)[0], rng, known=lexicon.known)
    else:
        asked, _ = sentence(phrase, lexicon, rng)
        second = extra("exclusion_sentence", lexicon, rng, words=words)
        text = typed(asked + pick(rng, (". ", ". ", ", ", "; ", " - ")) + second, rng, known=lexicon.known)
    return text, _in_order(exclude)


def _refused(lexicon: Lexicon, rng: random.Random) -> Instruction:
    kind = _REFUSALS.draw(rng)
    if kind in ("things", "near", "invented"):
        return Instruction(request(_unknown_phrase(kind, lexicon, rng), lexicon, rng))
    if kind == "gibberish":
        return Instruction(gibberish(rng))
    named = _draw_targets(rng, most=2 if kind == "negation" else 1)
    phrase = listed([target_phrase(lexicon.targets[target], lexicon, rng=rng) for target in named], rng)
    if kind in ("chat", "code", "foreign"):
        text = pick(rng, lexicon.sentences[kind]).replace("{bare}", phrase.bare)
        return Instruction(text if kind == "code" else typed(text, rng, known=lexicon.known))
    words = phrase.words() | {"y": phrase.np, "ybare": phrase.bare}
    text = extra(kind, lexicon, rng, words=words)
    return Instruction(typed(text, rng, known=lexicon.known, question=text.startswith(("how", "wh", "is ", "are ", "can", "may"))))


def _unknown_phrase(kind: str, lexicon: Lexicon, rng: random.Random) -> Phrase:
    """Name one to three things that cannot be extracted, perhaps where a target is, perhaps the largest."""
    limited = draw_limits(lexicon, rng, sentences=False) if rng.random() < 0.14 else Limited()

    def unknown() -> Phrase:
        if kind == "invented":
            return invented_phrase(lexicon, rng)
        return thing_phrase(
            lexicon.near if kind == "near" else lexicon.things, lexicon, rng=rng, before=limited.size or limited.side
        )

    wanted = 1 if rng.random() < 0.88 else rng.randint(2, 3)
    phrase = listed([unknown() for _ in range(wanted)], rng)
    if limited.after:
        phrase = phrase.followed_by(limited.after)
    draw = rng.random()
    if draw < 0.10:
        return phrase.followed_by(" " + extra("where", lexicon, rng))
    if draw < 0.15:
        target = target_phrase(lexicon.targets[_TARGETS.draw(rng)], lexicon, rng=rng)
        words = target.words() | {"y": target.np, "ybare": target.bare}
        return phrase.followed_by(" " + extra("exclusion_after", lexicon, rng, words=words))
    return phrase


# Chinese


def _chinese(lexicon: Lexicon, rng: random.Random) -> Instruction:
    include = _draw_targets(rng)
    exclude = _draw_excluded(include, rng) if rng.random() < 0.15 else []
    text, limits = chinese_request(include, exclude, lexicon, rng)
    return Instruction(text, _in_order(include), _in_order(exclude), limits)


def _refused_chinese(lexicon: Lexicon, rng: random.Random) -> Instruction:
    kind = _CHINESE_REFUSALS.draw(rng)
    thing = pick(rng, lexicon.chinese["things"])
    target = pick(rng, lexicon.chinese[_TARGETS.draw(rng)])
    if kind == "chat":
        return Instruction(ended(pick(rng, lexicon.sentences["chinese"]), rng))
    if kind == "things":
        text, _ = chinese_request(["things"], [], lexicon, rng)
        return Instruction(text)
    return Instruction(chinese_sentence(f"chinese_{kind}", {"x": target, "y": target, "thing": thing}, lexicon, rng))
