"""How people really type: upper case, forgotten full stops, slips of the finger."""

import random
import re
import string

from spexlab.instructions.lexicon import pick

TYPOS = 0.07
"""Share of instructions with slips of the finger."""
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", string.digits)
_NEIGHBOURS = {letter: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in _ROWS for at, letter in enumerate(row)}
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
    if text[-1:] not in ".?!,;:)":
        text += pick(rng, ("?", "?", "?", "", "??") if question else ("", "", "", "", ".", ".", ".", "!", "...", " !"))
    if rng.random() < TYPOS:
        text = _misspelt(text, rng, known)
    text = _cased(text, rng)
    draw = rng.random()
    if draw < 0.03:
        return pick(rng, (" " + text, text + " ", text.replace(" ", "  ", 1), text + "\n", text.replace("-", " "), '"' + text + '"', text.replace(" ", "_")))
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
    beside = pick(rng, _NEIGHBOURS.get(word[at].lower(), "") or word[at])
    return word[:at] + beside + word[at + (kind == "neighbour") :]


def gibberish(rng: random.Random) -> str:
    """Hit keys without meaning: letters, digits, punctuation, or a mash of one keyboard row."""
    length = rng.randint(1, 24)
    kind = rng.randrange(7)
    if kind == 0:
        return "".join(pick(rng, string.ascii_lowercase) for _ in range(length))
    if kind == 1:
        return "".join(pick(rng, pick(rng, _ROWS[:3])) for _ in range(length))
    if kind == 2:
        return " ".join("".join(pick(rng, string.ascii_lowercase) for _ in range(rng.randint(1, 9))) for _ in range(rng.randint(2, 5)))
    if kind == 3:
        return pick(rng, (str(rng.randrange(10**6)), f"{rng.uniform(-180, 180):.4f}", f"{rng.randint(1, 99)} {rng.randint(1, 99)}", f"{rng.randint(1, 31)}.{rng.randint(1, 12)}."))
    if kind == 4:
        return "".join(pick(rng, string.punctuation + " ") for _ in range(rng.randint(1, 10))).strip() or "?"
    if kind == 5:
        return pick(rng, string.ascii_letters + "?!.-…😀🙂👍🚀🔥❤🎉") * rng.randint(1, 12)
    return "".join(pick(rng, string.printable[:94]) for _ in range(length))
