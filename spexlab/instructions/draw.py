"""Instructions drawn at random, with what they ask for.

A drawn instruction includes targets, and may exclude others ("vegetation but not crops"). One that includes nothing must be
refused. Words and sentence frames are data (`spexlab.instructions.lexicon`); here they are put together. Three rules decide what
a sentence asks for:

- The head of the noun phrase counts: "houses by the lake" asks for buildings, "boats on the lake" and "lake depth" for nothing.
- Of a list, what can be extracted is ("cars and water" asks for water).
- An exclusion alone ("not water") names nothing to extract.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spexlab.classes import TARGETS
from spexlab.instructions.lexicon import Lexicon, fill, load_lexicon, pick
from spexlab.instructions.noise import gibberish, typed
from spexlab.instructions.phrases import Phrase, invented_phrase, listed, target_phrase, thing_phrase

WEIGHTS: dict[str, float] = {
    "water": 1.4,
    "trees": 1.2,
    "low vegetation": 1.0,
    "cropland": 1.0,
    "buildings": 1.1,
    "impervious": 1.0,
    "bare": 1.0,
    "snow": 0.8,
    "wetland": 0.8,
    "vegetation": 1.2,
    "built-up": 1.1,
}
"""How often a target is asked for, relative to the others: what people ask most a little oftener, none under half of the most."""
REFUSED = 0.34
"""Share of instructions that name nothing which can be extracted."""
CHINESE = 0.09
"""Share of instructions in Chinese, refused ones included."""

_REQUESTS = {"imperative": 0.25, "question": 0.17, "telegraphic": 0.24, "statement": 0.11, "loose": 0.23}
_REFUSALS = {
    "things": 0.27,
    "near": 0.15,
    "attribute": 0.20,
    "invented": 0.10,
    "negation": 0.06,
    "chat": 0.08,
    "injection": 0.03,
    "code": 0.03,
    "foreign": 0.03,
    "gibberish": 0.05,
}
_CHINESE_REFUSALS = {"things": 0.40, "attribute": 0.30, "negation": 0.12, "chat": 0.18}


@dataclass(frozen=True, slots=True)
class Instruction:
    """What somebody typed, and what it asks for."""

    text: str
    """As typed."""
    include: tuple[str, ...] = ()
    """Targets to extract, in the order of `spexlab.classes.TARGETS`; empty where the instruction must be refused."""
    exclude: tuple[str, ...] = ()
    """Targets whose area is taken out again; empty where nothing is included."""


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


def _choose(weights: Mapping[str, float], rng: random.Random) -> str:
    return rng.choices(tuple(weights), tuple(weights.values()))[0]


def _in_order(targets: Sequence[str]) -> tuple[str, ...]:
    return tuple(target for target in TARGETS if target in targets)


def _draw_targets(rng: random.Random, *, most: int = 3) -> list[str]:
    draw = rng.random()
    wanted = min(most, 1 if draw < 0.82 else 2 if draw < 0.95 else 3)
    chosen: list[str] = []
    while len(chosen) < wanted:
        target = _choose(WEIGHTS, rng)
        if target not in chosen:
            chosen.append(target)
    return chosen


def _draw_excluded(include: Sequence[str], rng: random.Random) -> list[str]:
    """Draw one or two targets to exclude, such that something is left of every included one."""
    members = [t for t in TARGETS if any(TARGETS[t] < TARGETS[i] for i in include)]
    chosen: list[str] = []
    wanted = 2 if rng.random() < 0.15 else 1
    while len(chosen) < wanted:
        target = pick(rng, members if members and rng.random() < 0.7 else list(TARGETS))
        gone = TARGETS[target].union(*(TARGETS[t] for t in chosen))
        if target not in include and all(TARGETS[i] - gone for i in include):
            chosen.append(target)
        elif len(include) > 1 or chosen:
            wanted -= 1
    return list(dict.fromkeys(chosen))


# English


def _english(lexicon: Lexicon, rng: random.Random) -> Instruction:
    include = _draw_targets(rng)
    phrases = [target_phrase(lexicon.targets[target], lexicon, rng=rng) for target in include]
    if rng.random() < 0.03:
        phrases.insert(rng.randint(0, len(phrases)), thing_phrase(lexicon.things, lexicon, rng=rng))
    phrase = listed(phrases, rng)
    if rng.random() < 0.15:
        phrase = phrase.followed_by(" " + _extra("where", lexicon, rng))
    if rng.random() < 0.17:
        return _with_exclusion(phrase, include, lexicon=lexicon, rng=rng)
    return Instruction(_request(phrase, lexicon, rng), _in_order(include))


def _with_exclusion(phrase: Phrase, include: Sequence[str], *, lexicon: Lexicon, rng: random.Random) -> Instruction:
    exclude = _draw_excluded(include, rng)
    phrases = [target_phrase(lexicon.targets[target], lexicon, rng=rng) for target in exclude]
    if not phrases or rng.random() < 0.08:
        exclude, phrases = [], [thing_phrase(lexicon.things, lexicon, rng=rng)]
    left_out = listed(phrases, rng)
    words = {"y": left_out.np, "ybare": left_out.bare}
    draw = rng.random()
    if draw < 0.7:
        text = _request(phrase.followed_by(" " + _extra("exclusion_after", lexicon, rng, words=words)), lexicon, rng, plain=True)
    elif draw < 0.85:
        first = _extra("exclusion_before", lexicon, rng, words=words)
        text = typed(first + " " + _sentence(phrase, lexicon, rng)[0], rng, known=lexicon.known)
    else:
        sentence, _ = _sentence(phrase, lexicon, rng)
        second = _extra("exclusion_sentence", lexicon, rng, words=words)
        text = typed(sentence + pick(rng, (". ", ". ", ", ", "; ", " - ")) + second, rng, known=lexicon.known)
    return Instruction(text, _in_order(include), _in_order(exclude))


def _extra(group: str, lexicon: Lexicon, rng: random.Random, *, words: Mapping[str, str] | None = None) -> str:
    return fill(pick(rng, lexicon.frames[group]), words or {}, rng=rng, lists=lexicon.words)


def _sentence(phrase: Phrase, lexicon: Lexicon, rng: random.Random) -> tuple[str, bool]:
    """Ask for a phrase in one sentence, and say whether that is a question."""
    group = _choose(_REQUESTS, rng)
    if group == "question" and rng.random() < 0.2:
        group = "plural_question" if phrase.number == "plural" else "mass_question" if phrase.number == "mass" else group
    return _extra(group, lexicon, rng, words=phrase.words()), "question" in group


def _request(phrase: Phrase, lexicon: Lexicon, rng: random.Random, *, plain: bool = False) -> str:
    """Ask for a phrase: a sentence, perhaps with a greeting, a context and an afterthought."""
    text, question = _sentence(phrase, lexicon, rng)
    if not plain and rng.random() < 0.10:
        text += pick(rng, (" ", ", ", " ")) + _extra("suffix", lexicon, rng, words=phrase.words())
    if rng.random() < 0.14:
        text = _extra("context", lexicon, rng) + " " + text
    if rng.random() < 0.09:
        text = _extra("greeting", lexicon, rng) + " " + text
    return typed(text, rng, known=lexicon.known, question=question)


def _refused(lexicon: Lexicon, rng: random.Random) -> Instruction:
    kind = _choose(_REFUSALS, rng)
    if kind in ("things", "near", "invented"):
        return Instruction(_request(_unknown_phrase(kind, lexicon, rng), lexicon, rng))
    if kind == "gibberish":
        return Instruction(gibberish(rng))
    named = _draw_targets(rng, most=2 if kind == "negation" else 1)
    phrase = listed([target_phrase(lexicon.targets[target], lexicon, rng=rng) for target in named], rng)
    if kind in ("chat", "code", "foreign"):
        text = pick(rng, lexicon.sentences[kind]).replace("{bare}", phrase.bare)
        return Instruction(text if kind == "code" else typed(text, rng, known=lexicon.known))
    words = phrase.words() | {"y": phrase.np, "ybare": phrase.bare}
    text = _extra(kind, lexicon, rng, words=words)
    return Instruction(typed(text, rng, known=lexicon.known, question=text.startswith(("how", "wh", "is it", "can", "may"))))


def _unknown_phrase(kind: str, lexicon: Lexicon, rng: random.Random) -> Phrase:
    """Name one to three things that cannot be extracted, perhaps where a target is."""

    def unknown() -> Phrase:
        nouns = lexicon.near if kind == "near" else lexicon.things
        return invented_phrase(lexicon, rng) if kind == "invented" else thing_phrase(nouns, lexicon, rng=rng)

    wanted = 1 if rng.random() < 0.88 else rng.randint(2, 3)
    phrase = listed([unknown() for _ in range(wanted)], rng)
    draw = rng.random()
    if draw < 0.12:
        return phrase.followed_by(" " + _extra("where", lexicon, rng))
    if draw < 0.15:
        target = target_phrase(lexicon.targets[_choose(WEIGHTS, rng)], lexicon, rng=rng)
        return phrase.followed_by(" " + _extra("exclusion_after", lexicon, rng, words={"y": target.np, "ybare": target.bare}))
    return phrase


# Chinese


def _chinese_words(targets: Sequence[str], lexicon: Lexicon, rng: random.Random) -> str:
    return pick(rng, ("和", "、", "与", "以及")).join(pick(rng, lexicon.chinese[target]) for target in targets)


def _chinese(lexicon: Lexicon, rng: random.Random) -> Instruction:
    include = _draw_targets(rng)
    exclude = _draw_excluded(include, rng) if rng.random() < 0.14 else []
    words = {"x": _chinese_words(include, lexicon, rng), "y": _chinese_words(exclude, lexicon, rng)}
    text = _extra("chinese_exclusion" if exclude else "chinese_request", lexicon, rng, words=words)
    return Instruction(_chinese_end(text, rng), _in_order(include), _in_order(exclude))


def _refused_chinese(lexicon: Lexicon, rng: random.Random) -> Instruction:
    kind = _choose(_CHINESE_REFUSALS, rng)
    thing = pick(rng, lexicon.chinese["things"])
    target = pick(rng, lexicon.chinese[_choose(WEIGHTS, rng)])
    if kind == "chat":
        return Instruction(_chinese_end(pick(rng, lexicon.sentences["chinese"]), rng))
    group = "chinese_request" if kind == "things" else f"chinese_{kind}"
    words = {"x": thing if kind == "things" else target, "y": target, "thing": thing}
    return Instruction(_chinese_end(_extra(group, lexicon, rng, words=words), rng))


def _chinese_end(text: str, rng: random.Random) -> str:
    return text + pick(rng, ("", "", "", "", "。", "？" if any(word in text for word in "哪吗多什谁几") else "！", "?", "."))
