"""Numbers and places in an explanation are quoted from the evidence, never made up, and each number once."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import torch
from transformers import LogitsProcessor, PreTrainedTokenizerBase

from spexlab.evidence.regions import ROWS
from spexlab.language.claims import CLAIM_KINDS, PLACE
from spexlab.language.kinds import ANYWHERE, NUMBER
from spexlab.model.tokenizing import token_ids

_BY_KEY = {key: kind for kind in CLAIM_KINDS for key in kind.keys}
_MEASURES = tuple(unit.name for kind in CLAIM_KINDS for unit in kind.units if unit.name)
_MISTAKEN = tuple(unit for unit in _MEASURES if unit != "m²")
"""Units that a number without one must not seem to have; too many words begin with m."""
_EVIDENCE = re.compile(
    rf"(?:'(?P<key>[\w ]+)': )?'?(?:(?P<bound>under|over) )?(?P<number>{NUMBER})(?:\s*(?P<unit>{'|'.join(_MEASURES)})(?!\w))?"
)
_NUMBER = re.compile(NUMBER)
_BEGUN = re.compile(r"(?<![\w.])-?\d+(?:\.\d*)?$")
_BEFORE_UNIT = re.compile(rf"({NUMBER})(\s+[^\s\d]*|[^\s\d]+)$")
_MINUS = re.compile(r"(?<![\w.])-$")
_IN_A_NAME = re.compile(r"[^\W\d]\d*$")
"""Digits may follow a letter freely: EVI2."""
_PLACE_BEGUN = re.compile(rf"\b({'|'.join(ROWS)})-$")


@dataclass(frozen=True)
class _Item:
    """A number of the evidence."""

    number: str
    units: frozenset[str]
    """One of them has to follow; empty where the number has no unit."""
    after: re.Pattern[str]
    """How the text in front of it ends."""


class Quoted(LogitsProcessor):
    """Lets a language model write only such numbers as stand in the evidence, digit for digit, each once and with its own unit.

    Small language models miscopy digits, say things twice, and left for right. Which number to quote, and every word around it,
    stays the model's choice, so the claims of the text still have to be checked. But a bound keeps its "under" or "over", and a
    number comes where its record in `claims` has it: so they stand in all that `spexlab.language.writing.explanation` teaches.
    Where nothing is left to quote no number begins, and no word is written twice in a row. A number without a unit ends a sentence
    only if it has a decimal point: that of a whole number would be taken for one.

    Parameters
    ----------
    tokenizer
        One whose digits are single tokens, and whose words carry the space in front of them, as those of Qwen2 and of the bundled
        checkpoint do.
    evidence : str
        The text whose numbers, units and places may be quoted.
    start : int
        How many tokens are read before the first is written.

    Raises
    ------
    ValueError
        If the tokenizer has no token of its own for each digit and for the decimal point.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, evidence: str, *, start: int) -> None:
        self._tokenizer, self._start = tokenizer, start
        self._items = [_item(match) for match in _EVIDENCE.finditer(evidence)]
        self._columns: dict[str, set[str]] = {}
        for row, column in PLACE.findall(evidence):
            self._columns.setdefault(row, set()).add(column)
        self._digits = {character: _single_token(tokenizer, character) for character in "0123456789."}
        self._pieces = _pieces(tokenizer)
        self._leads = {piece: token for token, piece in self._pieces.items() if piece in (" ", " -")}

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Forbid what would begin or go on with a number or place that is not in the evidence, and what would break one off."""
        for row, ids in zip(scores, input_ids, strict=True):
            written = str(self._tokenizer.decode(ids[self._start :]))
            place, begun, before_unit = (look.search(written) for look in (_PLACE_BEGUN, _BEGUN, _BEFORE_UNIT))
            if place and place[1] in self._columns:
                self._keep(row, [t for t, piece in self._pieces.items() if _goes_on(piece, self._columns[place[1]])])
            elif begun:
                self._go_on(row, begun.group(), self._offered(written[: begun.start()]))
            elif before_unit and (rests := self._rests(written, before_unit)):
                self._keep(row, [t for t, piece in self._pieces.items() if _goes_on(piece, rests)])
            else:
                self._begin(row, written)
                row[self._just_written(ids)] = -torch.inf
        return scores

    def _offered(self, before: str) -> list[_Item]:
        """What may be quoted next: the items that `before` does not quote, where they stand in a sentence."""
        left = list(self._items)
        for quote in _NUMBER.finditer(before):
            said = [item for item in left if item.number == quote.group()]
            if said:
                left.remove(max(said, key=lambda item: _likeness(item, before, quote)))
        return [item for item in left if item.after.search(before)]

    def _begin(self, row: torch.Tensor, written: str) -> None:
        """Let a number begin, or a space that only a number follows, if one is left to quote."""
        for piece, token in self._leads.items():
            if not self._first_digits(written + piece):
                row[token] = -torch.inf
        if not _IN_A_NAME.search(written):
            allowed = self._first_digits(written)
            row[[token for character, token in self._digits.items() if character not in (".", *allowed)]] = -torch.inf

    def _first_digits(self, written: str) -> set[str]:
        """Return the characters with which a number may begin here, its minus among them, or go on after that."""
        before = _MINUS.sub("", written)
        minus = len(written) - len(before)
        return {item.number[minus:][:1] for item in self._offered(before) if not minus or item.number.startswith("-")}

    def _rests(self, written: str, begun: re.Match[str]) -> set[str]:
        """Return what is missing of a number's unit; nothing if it is complete or the number needs none."""
        number, word = begun[1], begun[2].strip()
        units = [item.units for item in self._offered(written[: begun.start()]) if item.number == number]
        fitting = {unit for group in units for unit in group if unit.startswith(word)}
        return {unit.removeprefix(word) for unit in fitting} if all(units) and word not in fitting else set()

    def _just_written(self, ids: torch.Tensor) -> list[int]:
        """Return the word that ends the text: small models that find no number say it again and again."""
        word = self._pieces.get(int(ids[-1]), "") if len(ids) > self._start else ""
        return [int(ids[-1])] if word.startswith(" ") and word[1:].isalpha() else []

    def _go_on(self, row: torch.Tensor, begun: str, offered: list[_Item]) -> None:
        """Keep to the numbers that begin so; after a whole one, to what may follow it."""
        digits = [t for character, t in self._digits.items() if any(i.number.startswith(begun + character) for i in offered)]
        whole = [item for item in offered if item.number == begun]
        after = [t for t, piece in self._pieces.items() if any(_may_follow(piece, item) for item in whole)] if whole else []
        self._keep(row, [*digits, *after])

    @staticmethod
    def _keep(row: torch.Tensor, tokens: list[int]) -> None:
        if tokens:
            kept = row[tokens].clone()
            row.fill_(-torch.inf)
            row[tokens] = kept


def _item(match: re.Match[str]) -> _Item:
    """What stands in the evidence, with the rules of its key."""
    kind, unit, bound = _BY_KEY.get(match["key"]), match["unit"], match["bound"]
    after = re.compile(rf"\b{bound} $", re.IGNORECASE) if bound else kind.quoted_after if kind else ANYWHERE
    return _Item(match["number"], frozenset((kind and kind.counted) or [unit] * bool(unit)), after)


def _likeness(item: _Item, text: str, quote: re.Match[str]) -> tuple[bool, bool, bool]:
    """Of equal numbers the one is quoted whose unit follows, else one without; and then the one whose place this is."""
    words = text[quote.end() :].lstrip()
    has_unit = any(_goes_on(words, {unit}) for unit in item.units)
    return has_unit, not item.units, bool(item.after.search(text[: quote.start()]))


def _may_follow(piece: str, item: _Item) -> bool:
    """Whether a piece of text may stand right after a number: its unit, or none where it has none."""
    if item.units:
        return piece == " " or _goes_on(piece.removeprefix(" "), item.units)
    if piece[:1].isdigit() or (piece.startswith(".") and (len(piece) > 1 or "." not in item.number)):
        return False
    word = piece.strip()
    return not word or not any(unit.startswith(word) or word.startswith(unit) for unit in _MISTAKEN)


def _goes_on(piece: str, words: Collection[str]) -> bool:
    """Whether a piece begins one of some words, or is one and what follows it."""
    return bool(piece) and any(
        word.startswith(piece) or (piece.startswith(word) and not piece[len(word)].isalnum()) for word in words
    )


@lru_cache(maxsize=4)
def _pieces(tokenizer: PreTrainedTokenizerBase) -> dict[int, str]:
    """What each token adds to a text."""
    return {token: str(tokenizer.decode([token])) for token in tokenizer.get_vocab().values()}


def _single_token(tokenizer: PreTrainedTokenizerBase, character: str) -> int:
    ids = token_ids(tokenizer, character)
    if len(ids) != 1:
        raise ValueError(f"numbers are quoted digit by digit, but {character!r} is {len(ids)} tokens of this tokenizer.")
    return ids[0]
