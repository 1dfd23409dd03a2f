"""Noun phrases: what an instruction asks for, in the forms that sentence frames need."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from spexlab.language.instructions.lexicon import Lexicon, Noun, Vocabulary, fill, pick

_LISTS = (*[" and "] * 5, " or ", " & ", ", ", ", and ", " plus ", " as well as ", " and also ", " + ", "/")
_ONE = {"is": "is", "was": "was", "them": "it", "they": "it", "this": "it", "does": "does"}
_MANY = {"is": "are", "was": "were", "them": "them", "they": "they", "this": "them", "does": "do"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase in the forms that templates ask for."""

    bare: str
    """Without article: "lakes"."""
    the: str
    """With "the"."""
    np: str
    """With or without article."""
    some: str
    """Without article unless it is a singular: "a lake"."""
    mod: str
    """Before another noun: "lake"."""
    number: str
    """singular, plural or mass."""
    being: str = ""
    """What the place is: "flooded"; empty where there is no such word."""
    clause: str = ""
    """Where it is: "where the water is"; empty where there is no such clause."""
    followed: bool = False
    """Whether words follow the noun, which the modifier does not have."""

    def words(self) -> dict[str, str]:
        """Fillers of a template's slots."""
        agreement = _MANY if self.number == "plural" else _ONE
        forms = {"bare": self.bare, "the": self.the, "np": self.np, "some": self.some, "mod": self.mod}
        return {**forms, "being": self.being, "clause": self.clause, **agreement}

    def followed_by(self, text: str) -> "Phrase":
        """Append words to every form but `mod`, which stands before a noun."""
        return Phrase(
            self.bare + text,
            self.the + text,
            self.np + text,
            self.some + text,
            self.mod,
            self.number,
            self.being and self.being + text,
            self.clause and self.clause + text,
            followed=True,
        )


def same_form(word: str, *, number: str = "mass") -> Phrase:
    """Make a phrase of a word that stays as it is."""
    return Phrase(word, word, word, word, word, number)


def noun_phrase(noun: Noun, rng: random.Random, *, before: str = "") -> Phrase:
    """Put a noun into its forms, singular or plural, perhaps with an adjective (and its space) before it."""
    plural = noun.plural is not None and (noun.singular is None or rng.random() < 0.66)
    stem = (noun.plural if plural else noun.singular) or ""
    mod = noun.singular or stem
    number = "plural" if plural else "singular" if noun.countable else "mass"
    if noun.fixed:
        return replace(same_form(stem, number=number), mod=mod)
    word = before + stem
    the = "the " + word
    if number == "singular":
        return Phrase(word, the, pick(rng, (the, the, "a " + word, "every " + word, "any " + word)), "a " + word, mod, number)
    determiners = ("", "", "", "the ", "the ", "all ", "all the ", "all of the ", "any ")
    return Phrase(word, the, pick(rng, determiners) + word, word, mod, number)


def target_phrase(vocabulary: Vocabulary, lexicon: Lexicon, *, rng: random.Random) -> Phrase:
    """Name a target: one of its core words, any of its words, or "forested land", perhaps with an adjective."""
    phrase = _named(vocabulary, lexicon, rng)
    return replace(phrase, being=pick(rng, vocabulary.being), clause=pick(rng, vocabulary.clauses))


def limited_phrase(vocabulary: Vocabulary, lexicon: Lexicon, *, size: str, side: str, rng: random.Random) -> Phrase:
    """Name a target with words before the noun that limit it: "the largest lake", "northern forests".

    What cannot be counted is largest in pieces: "the largest patch of snow".
    """
    nouns = [
        noun for noun in (pick(rng, vocabulary.core), pick(rng, vocabulary.nouns), pick(rng, vocabulary.core)) if not noun.fixed
    ]
    noun = pick(rng, nouns or vocabulary.core)
    before = " ".join(word for word in (size, side) if word) + " "
    if not size:
        return noun_phrase(noun, rng, before=before)
    if not noun.countable or noun.singular is None or rng.random() < 0.12:
        stem = noun.singular or noun.plural or ""
        phrase = _singular(noun_phrase(pick(rng, lexicon.limits.partitive), rng, before=before)).followed_by(f" of {stem}")
        return replace(phrase, np=phrase.the, some=phrase.the)
    plural = noun if rng.random() < 0.12 else replace(noun, plural=None)
    phrase = noun_phrase(plural, rng, before=before)
    return replace(phrase, np=phrase.the, some=phrase.the, mod=before + phrase.mod)


def _singular(phrase: Phrase) -> Phrase:
    return replace(phrase, number="singular")


def _named(vocabulary: Vocabulary, lexicon: Lexicon, rng: random.Random) -> Phrase:
    draw = rng.random()
    if draw < 0.10:
        covered = pick(rng, vocabulary.covered)
        if draw < 0.008:
            return same_form(covered)
        head = pick(rng, lexicon.heads)
        return replace(noun_phrase(head, rng, before=covered + " "), mod=f"{covered} {head.singular}")
    noun = pick(rng, vocabulary.core if draw < 0.45 else vocabulary.nouns)
    if noun.fixed:
        return replace(noun_phrase(noun, rng), mod=pick(rng, vocabulary.core).singular or "")
    return _described(noun, vocabulary, lexicon, rng)


def _described(noun: Noun, vocabulary: Vocabulary, lexicon: Lexicon, rng: random.Random) -> Phrase:
    """Name something as it is, or with an adjective, or parts of it; none of that limits it."""
    draw = rng.random()
    if draw < 0.02 and noun.countable:
        phrase = noun_phrase(noun, rng, before=pick(rng, lexicon.limits.harmless) + " ")
        return replace(phrase, np=phrase.the, some=phrase.the)
    if draw < 0.09 and noun.countable:
        return noun_phrase(noun, rng, before=_any_word(lexicon, "adjective", rng) + " ")
    if draw < 0.14:
        return _partitive(noun, lexicon, rng)
    return noun_phrase(noun, rng, before=pick(rng, vocabulary.like) + " " if draw > 0.87 else "")


def _partitive(noun: Noun, lexicon: Lexicon, rng: random.Random) -> Phrase:
    """Name parts of something: "patches of snow", "these bits of forest"."""
    stem = noun.plural or noun.singular or ""
    parts = f"{_any_word(lexicon, 'parts', rng)} of {stem}"
    pointed = f"{_any_word(lexicon, 'pointing', rng)} {parts}" if rng.random() < 0.6 else parts
    return Phrase(parts, "the " + parts, pointed, parts, noun.singular or stem, "plural")


def thing_phrase(nouns: Sequence[Noun], lexicon: Lexicon, *, rng: random.Random, before: str = "") -> Phrase:
    """Name something that cannot be extracted, perhaps with words before; sometimes a compound of two ("pizza helicopter")."""
    noun, draw = pick(rng, nouns), rng.random()
    if before:
        return noun_phrase(noun, rng, before=before + " ")
    if draw < 0.1 and not noun.fixed:
        before = _any_word(lexicon, "thing", rng) + " "
    elif draw < 0.2 and noun.countable:
        before = _any_word(lexicon, "adjective", rng) + " "
    return noun_phrase(noun, rng, before=before)


def invented_phrase(lexicon: Lexicon, rng: random.Random) -> Phrase:
    """Name something that does not exist: one or two made-up words."""
    word = " ".join(invented_word(lexicon, rng) for _ in range(pick(rng, (1, 1, 1, 2))))
    return noun_phrase(Noun(word, word + "s", countable=rng.random() < 0.7), rng)


def invented_word(lexicon: Lexicon, rng: random.Random) -> str:
    """Make up a pronounceable word that begins like none of the targets' words (a typo must stay a typo)."""
    while True:
        word = fill(pick(rng, lexicon.frames["invented"]), {}, rng=rng, lists=lexicon.words)
        if len(word) > 2 and word[:4] not in lexicon.beginnings and word not in lexicon.known:
            return word


def listed(phrases: Sequence[Phrase], rng: random.Random) -> Phrase:
    """List several things: "lakes, forests and fields"."""
    if len(phrases) == 1:
        return phrases[0]
    last = pick(rng, _LISTS)
    between = pick(rng, (", ", ", ", ", ", " and ", "; "))

    def join(texts: Sequence[str]) -> str:
        return between.join(texts[:-1]) + last + texts[-1]

    bare = join([p.bare for p in phrases])
    the = "the " + bare if rng.random() < 0.5 else join([p.the for p in phrases])
    both = "both " if len(phrases) == 2 and last == " and " and rng.random() < 0.1 else ""
    np = both + join([p.np for p in phrases])
    being, clause = (pick(rng, (" or ", " and ", ", ")).join(texts) if all(texts) else "" for texts in _said(phrases))
    followed = any(p.followed for p in phrases)
    mod = join([p.mod for p in phrases])
    return Phrase(bare, the, np, join([p.some for p in phrases]), mod, "plural", being, clause, followed)


def _said(phrases: Sequence[Phrase]) -> tuple[list[str], list[str]]:
    return [p.being for p in phrases], [p.clause for p in phrases]


def _any_word(lexicon: Lexicon, name: str, rng: random.Random) -> str:
    return fill(pick(rng, lexicon.frames.get(name) or lexicon.words[name]), {}, rng=rng, lists={})
