"""How people really type: upper case, forgotten full stops, slips of the finger."""

import random
import re
import string

from spexlab.language.instructions.lexicon import pick

TYPOS = 0.07
"""Share of instructions with slips of the finger."""
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", string.digits)
KEYS_BESIDE = {letter: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in _ROWS for at, letter in enumerate(row)}
"""Letter or digit -> those on the keys beside it."""
_SHORT = {
    "please": ("pls", "plz"), "thanks": ("thx",), "you": ("u", "ya"), "are": ("r",), "want to": ("wanna",), "going to": ("gonna",),
    "give me": ("gimme",), "let me": ("lemme",), "and": ("&", "n"), "with": ("w/",), "without": ("w/o",), "the": ("da", "teh"),
}  # fmt: skip
"""What people in a hurry write."""
_SLIPS = ("swap", "swap", "drop", "drop", "double", "neighbour", "insert")


def typed(text: str, rng: random.Random, *, known: frozenset[str], question: bool = False) -> str:
    """Write a sentence as people do: with or without capitals, punctuation and typos.

    Parameters
    ----------
    text : str
        The sentence, in lower case but for names.
    rng : random.Random
        Source of randomness.
    known : frozenset of str
        Words that a typo must not turn into.
    question : bool
        Whether it may end with a question mark.
    """
    text = re.sub(r" +(?=[ ,.?!;)]|$)", "", text).strip()
    text = re.sub(r"\ba (?=[aio]|e(?!u)|u(?!ni|fo))", "an ", text)
    if text[-1:] not in ".?!,;:)":
        text += pick(rng, ("?", "?", "?", "", "??") if question else ("", "", "", "", ".", ".", ".", "!", "...", " !"))
    if rng.random() < 0.05:
        text = text.replace("'", "")
    if rng.random() < 0.04:
        text = _shortened(text, rng)
    if rng.random() < TYPOS:
        text = _misspelt(text, rng, known)
    text = _cased(text, rng)
    return _spaced(text, rng) if rng.random() < 0.03 else text


def _shortened(text: str, rng: random.Random) -> str:
    for words, short in _SHORT.items():
        if rng.random() < 0.7:
            text = re.sub(rf"\b{words}\b", pick(rng, short), text)
    return text


def _cased(text: str, rng: random.Random) -> str:
    draw = rng.random()
    if draw < 0.40:
        return text.lower()
    if draw < 0.45:
        return text.upper()
    if draw < 0.48:
        return text.title()
    text = re.sub(r"(?<![\w'])i(?![\w-])", "I", text)
    return re.sub(r"(?:^|[.?!] )[a-z]", lambda match: match.group().upper(), text)


def _misspelt(text: str, rng: random.Random, known: frozenset[str]) -> str:
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if len(word) >= 5 and word.isalpha() and word.isascii()]
    for at in rng.sample(long, min(len(long), pick(rng, (1, 1, 2)))):
        slipped = slip(words[at], rng)
        if slipped.lower() not in known:
            words[at] = slipped
    return " ".join(words)


def slip(word: str, rng: random.Random) -> str:
    """Make one typing error after the first letter: swap, drop, double, insert or hit the key beside."""
    at, kind = rng.randrange(1, len(word) - 1), pick(rng, _SLIPS)
    if kind == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[:at] + word[at] + word[at:]
    beside = pick(rng, KEYS_BESIDE.get(word[at].lower(), "") or word[at])
    return word[:at] + beside + word[at + (kind == "neighbour") :]


def _spaced(text: str, rng: random.Random) -> str:
    forms = (
        f" {text}",
        f"{text} ",
        f"{text}\n",
        f'"{text}"',
        text.replace(" ", "  ", 1),
        text.replace("-", " "),
        text.replace(" ", "_"),
    )
    return pick(rng, forms)


def gibberish(rng: random.Random) -> str:
    """Hit keys without meaning: letters, digits, punctuation, one sign again and again, or a mash of keys."""
    length = rng.randint(1, 24)
    kind = rng.randrange(6)
    if kind == 0:
        return " ".join(_keys(string.ascii_lowercase, rng.randint(1, 9), rng) for _ in range(rng.randint(2, 5)))
    if kind == 1:
        return pick(rng, string.ascii_letters + "?!.-…😀🙂👍🚀🔥❤🎉") * rng.randint(1, 12)
    if kind == 2:
        figures = (rng.randrange(10**6), round(rng.uniform(-180, 180), 4), f"{rng.randint(1, 99)} {rng.randint(1, 99)}")
        return str(pick(rng, figures))
    return _keys(pick(rng, (string.ascii_lowercase, *_ROWS, string.punctuation, string.digits + string.ascii_letters)), length, rng)


def _keys(keys: str, length: int, rng: random.Random) -> str:
    return "".join(pick(rng, keys) for _ in range(length))
