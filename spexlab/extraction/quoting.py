"""Numbers in an explanation are quoted from the evidence, never made up."""

import re

import torch
from transformers import LogitsProcessor, PreTrainedTokenizerBase

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_BEGUN = re.compile(r"(?<![\w.])-?\d+(?:\.\d*)?$|(?<![\w.])-$")
_IN_A_NAME = re.compile(r"[^\W\d]\d*$")
"""Digits may follow a letter freely: EVI2."""
_LOOK_BACK = 24
"""Tokens in which a number that is being written must have begun."""


class QuotedNumbers(LogitsProcessor):
    """Lets a language model write only such numbers as stand in the evidence, digit for digit.

    Small language models miscopy digits. Which number to quote, and every word around it, stays the model's choice, so the
    claims of the text still have to be checked.

    Parameters
    ----------
    tokenizer
        One whose digits are single tokens, as those of Qwen2 and of the bundled checkpoint are.
    evidence : str
        The text whose numbers may be quoted.
    start : int
        How many tokens are read before the first is written.

    Raises
    ------
    ValueError
        If the tokenizer has no token of its own for each digit and for the decimal point.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, evidence: str, *, start: int) -> None:
        self._tokenizer, self._start = tokenizer, start
        self._numbers = frozenset(_NUMBER.findall(evidence))
        self._tokens = {character: _single_token(tokenizer, character) for character in "0123456789."}
        self._dots = [token for text, token in tokenizer.get_vocab().items() if len(text) > 1 and set(text) == {"."}]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Forbid what would begin or go on with a number that is not in the evidence, and what would break one off."""
        for row, ids in zip(scores, input_ids, strict=True):
            written = str(self._tokenizer.decode(ids[self._start :][-_LOOK_BACK:]))
            if _IN_A_NAME.search(written):
                continue
            match = _BEGUN.search(written)
            begun = match.group() if match else ""
            allowed = [token for character, token in self._tokens.items() if self._starts(begun + character)]
            barred = list(self._tokens.values())
            if self._may_end(begun):
                if not begun.endswith("."):
                    barred.remove(self._tokens["."])  # it may end the sentence
                barred = [token for token in barred if token not in allowed]
                row[barred + (self._dots if begun else [])] = -torch.inf
            else:
                kept = row[allowed].clone()
                row.fill_(-torch.inf)
                row[allowed] = kept
        return scores

    def _starts(self, text: str) -> bool:
        return any(number.startswith(text) for number in self._numbers)

    def _may_end(self, begun: str) -> bool:
        return begun in ("", "-") or begun.rstrip(".") in self._numbers


def _single_token(tokenizer: PreTrainedTokenizerBase, character: str) -> int:
    ids: list[int] = tokenizer.encode(character, add_special_tokens=False)
    if len(ids) != 1:
        raise ValueError(f"numbers are quoted digit by digit, but {character!r} is {len(ids)} tokens of this tokenizer.")
    return ids[0]
