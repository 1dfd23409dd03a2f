"""Numbers and places in an explanation are quoted from the evidence, never made up."""

import re
from functools import lru_cache

import torch
from transformers import LogitsProcessor, PreTrainedTokenizerBase

_MEASURES = ("%", "ha", "km²", "m²")
_COUNTED = {"Pixels": ("pixel", "pixels"), "Regions": ("region", "regions")}
"""Keys of the evidence whose numbers are counts, and of what."""
_QUOTE = re.compile(rf"(?:'({'|'.join(_COUNTED)})': )?(-?\d+(?:\.\d+)?)(?:\s*({'|'.join(_MEASURES)})(?!\w))?")
_BEGUN = re.compile(r"(?<![\w.])-?\d+(?:\.\d*)?$|(?<![\w.])-$")
_IN_A_NAME = re.compile(r"[^\W\d]\d*$")
"""Digits may follow a letter freely: EVI2."""
_PLACE = re.compile(r"\b(top|middle|bottom)-(left|center|right)\b")
_PLACE_BEGUN = re.compile(r"\b(top|middle|bottom)-$")
_COLUMNS = ("left", "center", "right")
_LOOK_BACK = 24
"""Tokens in which a number that is being written must have begun."""


class Quoted(LogitsProcessor):
    """Lets a language model write only such numbers as stand in the evidence, digit for digit, each with its own unit.

    Small language models miscopy digits, and left for right. Which number to quote, and every word around it, stays the model's
    choice, so the claims of the text still have to be checked. A whole number ends no sentence: its point would be taken for a
    decimal one.

    Parameters
    ----------
    tokenizer
        One whose digits are single tokens, as those of Qwen2 and of the bundled checkpoint are.
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
        self._units: dict[str, set[str]] = {}
        for key, number, unit in _QUOTE.findall(evidence):
            self._units.setdefault(number, set()).update(_COUNTED.get(key, (unit,)))
        self._columns: dict[str, set[str]] = {}
        for row, column in _PLACE.findall(evidence):
            self._columns.setdefault(row, set()).add(column)
        self._digits = {character: _single_token(tokenizer, character) for character in "0123456789."}
        self._pieces = _pieces(tokenizer)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Forbid what would begin or go on with a number or place that is not in the evidence, and what would break one off."""
        for row, ids in zip(scores, input_ids, strict=True):
            written = str(self._tokenizer.decode(ids[self._start :][-_LOOK_BACK:]))
            place = _PLACE_BEGUN.search(written)
            if place and place[1] in self._columns:
                self._keep(row, [t for t, piece in self._pieces.items() if _starts(piece, self._columns[place[1]])])
            elif not _IN_A_NAME.search(written):
                begun = _BEGUN.search(written)
                self._quote(row, begun.group() if begun else "")
        return scores

    def _quote(self, row: torch.Tensor, begun: str) -> None:
        digits = {token for character, token in self._digits.items() if self._goes_on(begun + character)}
        if begun in ("", "-"):
            row[[token for character, token in self._digits.items() if character != "." and token not in digits]] = -torch.inf
            return
        ends = begun.rstrip(".") in self._units and not (begun.endswith(".") and "." not in begun[:-1])
        after = [t for t, piece in self._pieces.items() if self._may_follow(piece, begun)] if ends else []
        self._keep(row, [*digits, *after])

    def _goes_on(self, text: str) -> bool:
        return any(number.startswith(text) for number in self._units)

    def _may_follow(self, piece: str, number: str) -> bool:
        """Whether a piece of text may stand right after a complete number: its unit, or none where it has none."""
        units, word = self._units[number.rstrip(".")], piece.strip()
        if piece[:1].isdigit() or (piece.startswith(".") and (len(piece) > 1 or "." not in number)):
            return False
        if not word or _starts(word, units - {""}) or any(word.startswith(unit) for unit in units - {""}):
            return True
        return "" in units and not _starts(word, {"%", "ha", "km²"})

    @staticmethod
    def _keep(row: torch.Tensor, tokens: list[int]) -> None:
        kept = row[tokens].clone()
        row.fill_(-torch.inf)
        row[tokens] = kept


def _starts(piece: str, words: set[str]) -> bool:
    return bool(piece) and any(word.startswith(piece) for word in words)


@lru_cache(maxsize=4)
def _pieces(tokenizer: PreTrainedTokenizerBase) -> dict[int, str]:
    """What each token adds to a text."""
    return {token: str(tokenizer.decode([token])) for token in tokenizer.get_vocab().values()}


def _single_token(tokenizer: PreTrainedTokenizerBase, character: str) -> int:
    ids: list[int] = tokenizer.encode(character, add_special_tokens=False)
    if len(ids) != 1:
        raise ValueError(f"numbers are quoted digit by digit, but {character!r} is {len(ids)} tokens of this tokenizer.")
    return ids[0]
