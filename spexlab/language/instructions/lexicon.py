"""Words and sentence frames of everyday instructions, read from the ``.toml`` files beside this one.

A *template* is a line such as ``[show|find] me {np} please``: one of the alternatives in brackets (which may be empty), and slots
in braces. `fill` turns it into text.
"""

import random
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

FIXED = ("a", "the", "all", "any", "anything", "everything", "whatever", "it", "that", "this", "something", "nothing")
"""First words of phrases that take no article."""


class Slot(NamedTuple):
    """A place in a template that a word goes into."""

    name: str


class Choice(NamedTuple):
    """Alternatives in a template."""

    options: tuple["Template", ...]


Template = tuple[str | Slot | Choice, ...]


@dataclass(frozen=True, slots=True)
class Noun:
    """What something is called; at least one form is given."""

    singular: str | None
    """Singular, or the only form of an uncountable noun."""
    plural: str | None
    countable: bool = True
    """Whether the singular takes an article."""
    fixed: bool = False
    """Whether it takes no article in any form ("everything green")."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What one target is called."""

    core: tuple[Noun, ...]
    """The words most people would use."""
    nouns: tuple[Noun, ...]
    covered: tuple[str, ...]
    """Words before "area", "land", "pixels": "forested"."""
    being: tuple[str, ...]
    """What such a place is: "under water"."""
    clauses: tuple[str, ...]
    """Where it is, as a clause: "where the water is"."""
    like: tuple[str, ...]
    """Describing words that leave the target as it is."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How limits of size and place are put, in one language."""

    sizes: dict[str, tuple[str, ...]]
    """Limit -> words before a noun: "biggest"."""
    sides: dict[str, tuple[str, ...]]
    """Limit -> nouns: "upper half"."""
    sided: dict[str, tuple[str, ...]]
    """Limit -> adjectives: "northern"; empty in Chinese."""
    frames: dict[str, tuple[Template, ...]]
    harmless: tuple[str, ...] = ()
    """Words before a noun that sound like a limit of size and are none: "two largest"."""
    partitive: tuple[Noun, ...] = ()
    """What there may be a largest one of where a noun has no plural: "patch" of snow."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All that instructions are made of."""

    targets: dict[str, Vocabulary]
    frames: dict[str, tuple[Template, ...]]
    """Templates by group: the requests, their extras, exclusions and refusals."""
    whole: dict[str, tuple[Template, ...]]
    """The same without those that use the bare modifier, which would drop what follows the noun."""
    words: dict[str, tuple[Template, ...]]
    """Fillers of slots by slot name."""
    heads: tuple[Noun, ...]
    """What stands after the words of `Vocabulary.covered`: "area"."""
    things: tuple[Noun, ...]
    """What cannot be extracted."""
    near: tuple[Noun, ...]
    """What cannot be extracted though a target's word is in it."""
    sentences: dict[str, tuple[str, ...]]
    """Whole sentences that are no instruction, by kind."""
    chinese: dict[str, tuple[str, ...]]
    """Chinese words by target, and under "things" what cannot be extracted."""
    known: frozenset[str]
    """Every English word that a noun contains, in lower case."""
    limits: Wording
    chinese_limits: Wording
    beginnings: frozenset[str]
    """First four letters of the words of targets: an invented word begins with none of them."""


def pick(rng: random.Random, options: Sequence[T]) -> T:
    """Draw one option; several times faster than ``rng.choice``."""
    return options[int(rng.random() * len(options))]


def parse_template(line: str) -> Template:
    """Parse one template.

    Raises
    ------
    ValueError
        If a bracket or brace is nested or left open.
    """
    parts: list[str | Slot | Choice] = []
    for piece in re.split(r"(\[[^\[\]]*\]|\{[^{}]*\})", line):
        if re.fullmatch(r"\[.*\]", piece):
            parts.append(Choice(tuple(parse_template(option) for option in piece[1:-1].split("|"))))
        elif re.fullmatch(r"\{.*\}", piece):
            parts.append(Slot(piece[1:-1]))
        elif re.search(r"[\[\]{}]", piece):
            raise ValueError(f"a template's brackets and braces are closed and not nested; got {line!r}. Write it as two.")
        elif piece:
            parts.append(piece)
    return tuple(parts)


def fill(template: Template, words: Mapping[str, str], *, rng: random.Random, lists: Mapping[str, Sequence[Template]]) -> str:
    """Make text of a template: slots come from `words`, else one is drawn from the list of that name."""
    text = ""
    for part in template:
        if isinstance(part, str):
            text += part
        elif isinstance(part, Choice):
            text += fill(pick(rng, part.options), words, rng=rng, lists=lists)
        else:
            known = words.get(part.name)
            text += fill(pick(rng, lists[part.name]), words, rng=rng, lists=lists) if known is None else known
    return text


def pluralise(singular: str) -> str:
    """Make the regular English plural: "valley" -> "valleys", "city" -> "cities", "marsh" -> "marshes"."""
    if re.search(r"[^aeiou]y$", singular):
        return singular[:-1] + "ies"
    return singular + ("es" if re.search(r"(s|x|sh|ch)$", singular) else "s")


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.replace("\n", " ").split(",") if entry.strip()]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line)


def _noun(entry: str, kind: str) -> Noun:
    singular, _, plural = entry.partition("/")
    fixed = singular.split()[0] in FIXED
    if kind == "count":
        return Noun(singular, plural or pluralise(singular))
    return Noun(None, singular, fixed=fixed) if kind == "plural" else Noun(singular, None, countable=False, fixed=fixed)


def _nouns(table: Mapping[str, str]) -> tuple[Noun, ...]:
    return tuple(_noun(entry, kind) for kind in ("count", "mass", "plural") for entry in _entries(table.get(kind, "")))


def _vocabulary(table: Mapping[str, str]) -> Vocabulary:
    nouns = _nouns(table)
    forms = {form: noun for noun in reversed(nouns) for form in (noun.plural, noun.singular) if form}
    covered = tuple(_entries(table["covered"]))
    core = (entry.partition("/")[0] for entry in _entries(table["core"]))
    being, clauses, like = (tuple(_entries(table[name])) for name in ("being", "clauses", "like"))
    return Vocabulary(tuple(forms[word] for word in core if word in forms), nouns, covered, being, clauses, like)


def _templates(text: str) -> tuple[Template, ...]:
    return tuple(parse_template(line) for line in _lines(text))


def _word_lists(
    words: Mapping[str, str],
    targets: Mapping[str, Vocabulary],
    things: Sequence[Noun],
) -> dict[str, tuple[Template, ...]]:
    lists: dict[str, tuple[Template, ...]] = {
        name: tuple((entry,) for entry in _entries(text)) for name, text in words.items() if name != "at"
    }
    nouns = [noun for vocabulary in targets.values() for noun in vocabulary.nouns if not noun.fixed]
    return {
        **lists,
        "at": (parse_template(words["at"]),),
        "thing": tuple((noun.singular,) for noun in things if noun.singular and noun.countable),
        "things": tuple((noun.plural,) for noun in things if noun.plural),
        "other": tuple((noun.singular,) for noun in nouns if noun.singular and noun.countable),
        "others": tuple((noun.plural,) for noun in nouns if noun.plural),
    }


def slot_names(template: Template) -> frozenset[str]:
    """Names of the slots in a template."""
    nested = (slot_names(option) for part in template if isinstance(part, Choice) for option in part.options)
    return frozenset(part.name for part in template if isinstance(part, Slot)).union(*nested)


def _wording(tables: Mapping[str, Any], texts: Mapping[str, str]) -> Wording:
    frames = {name: text for name, text in texts.items() if name not in ("quantified", "partitive")}
    sides = {name: side if isinstance(side, Mapping) else {"noun": side} for name, side in tables["sides"].items()}
    return Wording(
        sizes={name: tuple(_entries(text)) for name, text in tables["sizes"].items()},
        sides={name: tuple(_entries(side["noun"])) for name, side in sides.items()},
        sided={name: tuple(_entries(side.get("adjective", ""))) for name, side in sides.items()},
        frames={name: _templates(text) for name, text in frames.items()},
        harmless=tuple(_entries(texts.get("quantified", ""))),
        partitive=tuple(_noun(entry, "count") for entry in _entries(texts.get("partitive", ""))),
    )


def _without_targets(nouns: Sequence[Noun], targets: Mapping[str, Vocabulary]) -> tuple[Noun, ...]:
    """What no target is called: a word that a new target takes is refused no longer."""
    taken = {form for vocabulary in targets.values() for noun in vocabulary.nouns for form in (noun.singular, noun.plural)} - {None}
    return tuple(noun for noun in nouns if not taken & {noun.singular, noun.plural})


def _noun_words(nouns: Iterable[Noun]) -> frozenset[str]:
    return frozenset(word for noun in nouns for form in (noun.singular, noun.plural) if form for word in form.lower().split())


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def load_lexicon() -> Lexicon:
    """Read the word lists and frames (once a process)."""
    frames, refusals, chinese = _read("frames"), _read("refusals"), _read("chinese")
    words_of = _read("targets")
    targets = {name: _vocabulary(table) for name, table in words_of.items()}
    near = _nouns(refusals["near"]) + tuple(_noun(entry, "mass") for entry in _entries(refusals["near"]["noun_first"]))
    things, near = (_without_targets(nouns, targets) for nouns in (_nouns(refusals["things"]), near))
    groups = {
        name: text
        for table in ("english", "english_extras", "english_prose", "english_refusals", "invented")
        for name, text in frames[table].items()
    }
    groups |= {f"exclusion_{name}": text for name, text in frames["english_exclusion"].items()}
    groups |= {f"chinese_{name}": text for name, text in chinese["frames"].items()}
    groups["injection"] = refusals["sentences"].pop("injection")
    sentences = refusals["sentences"] | {"chinese": chinese["refusals"]["chat"]}
    limits = _read("limits")
    templates = {name: _templates(text) for name, text in groups.items()}
    words = frames["words"] | {"country": limits["english"].pop("country")}
    named = _noun_words(noun for vocabulary in targets.values() for noun in vocabulary.nouns)
    return Lexicon(
        targets=targets,
        frames=templates,
        whole={name: tuple(one for one in group if "mod" not in slot_names(one)) for name, group in templates.items()},
        words=_word_lists(words, targets, things) | {"invented": templates["invented"]},
        heads=_nouns(frames["heads"]),
        things=things,
        near=near,
        sentences={name: _lines(text) for name, text in sentences.items()},
        chinese={name: tuple(_entries(table["chinese"])) for name, table in words_of.items()}
        | {"things": tuple(_entries(chinese["refusals"]["things"]))},
        limits=_wording(limits, limits["english"]),
        chinese_limits=_wording(limits["chinese"], limits["chinese"]["frames"]),
        known=named | _noun_words((*things, *near)),
        beginnings=frozenset(word[:4] for word in named),
    )
