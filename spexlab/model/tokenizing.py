"""Text to tokens, for one thread at a time."""

from threading import Lock

from transformers import PreTrainedTokenizerBase

_ALONE = Lock()


def token_ids(tokenizer: PreTrainedTokenizerBase, text: str, *, markers: bool = True) -> list[int]:
    """Ids of a text as it stands, nothing added; with `markers`, such as ``<mask>``, as one token each, or as plain letters.

    Which of both is a state of the tokenizer itself: of two threads that ask at once each could get what the other wants, or none.
    """
    with _ALONE:
        ids: list[int] = tokenizer.encode(text, add_special_tokens=False, split_special_tokens=not markers)
    return ids
