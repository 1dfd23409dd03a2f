"""Only numbers of the evidence can be written."""

import re

import pytest
import torch

from spexlab.extraction.quoting import Quoted


class Characters:
    """A tokenizer of single characters, with Qwen2's habit of a token for a space and a minus."""

    tokens = ("<end>", *"0123456789.- abcdefghijklmnopqrstuvwxyz%,", " -", "...")

    def encode(self, text, **_):
        return [self.tokens.index(text)] if text in self.tokens else [0] * len(text)

    def get_vocab(self):
        return {text: number for number, text in enumerate(self.tokens)}

    def decode(self, ids):
        return "".join(self.tokens[i] for i in ids)


def write(evidence: str, *, seed: int, length: int = 60, prompt: str = "9.9 77") -> str:
    """Let a model without any idea of numbers write, by what is allowed."""
    words = Characters()
    ids = [words.tokens.index(c) for c in prompt]
    guard = Quoted(words, evidence, start=len(ids))
    generator = torch.Generator().manual_seed(seed)
    for _ in range(length):
        scores = guard(torch.tensor([ids]), torch.rand(1, len(words.tokens), generator=generator))
        ids.append(int(scores.argmax()))
    return words.decode(ids[len(prompt) :])


@pytest.mark.parametrize("seed", range(40))
def test_every_number_written_stands_in_the_evidence(seed):
    evidence = "'Share': '12.3 %', 'Regions': 4, 'Inside': 0.41, 'Around': -0.05"
    text = write(evidence, seed=seed)
    complete = text[: max((text.rfind(c) for c in " abcdefghijklmnopqrstuvwxyz%,"), default=0)]
    written = re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\d])", complete)
    assert set(written) <= {"12.3", "4", "0.41", "-0.05"}


def test_numbers_do_get_written():
    texts = [write("a 12.3 and 4", seed=seed) for seed in range(20)]
    assert any("12.3" in text for text in texts)
    assert any(re.search(r"(?<![\d.])4(?![\d])", text) for text in texts)


def allowed_after(text: str, evidence: str) -> set[str]:
    """What a model may write next."""
    words = Characters()
    guard = Quoted(words, evidence, start=0)
    scores = guard(torch.tensor([[words.tokens.index(c) for c in text]]), torch.zeros(1, len(words.tokens)))[0]
    return {piece for piece, score in zip(words.tokens, scores.tolist(), strict=True) if score == 0}


def test_only_what_is_no_whole_number_ends_a_sentence():
    assert "." in allowed_after("0.7", "'Inside': 0.7")
    assert "." not in allowed_after("7", "'Threshold': 7")
    assert "7" not in allowed_after("0.7", "'Inside': 0.7")


def test_a_number_keeps_its_unit():
    assert "%" in allowed_after("12.3", "'Share': '12.3 %'")
    assert "h" not in allowed_after("12.3", "'Share': '12.3 %'")
    assert {"h", " "} <= allowed_after("12.3", "'Area': '12.3 ha'")
    assert "%" not in allowed_after("12.3", "'Area': '12.3 ha'")


def test_a_number_without_a_unit_gets_none():
    after = allowed_after("0.7", "'Inside': 0.7")
    assert "%" not in after
    assert {"a", ",", " "} <= after


def test_counts_are_of_what_was_counted():
    assert "r" in allowed_after("7", "'Regions': 7")
    assert "p" not in allowed_after("7", "'Regions': 7")
    assert {"p", "r"} <= allowed_after("7", "'Pixels': 7, 'Regions': 7")


def test_left_is_not_written_for_right():
    assert allowed_after("top-", "'Largest': 'top-left'") == {"l"}
    assert {"l", "c", "r"} <= allowed_after("top-", "'Largest': 'center'")


def test_a_point_is_not_written_twice():
    evidence = "43 of 43.4"
    assert "." in allowed_after("43", evidence)
    assert not {"...", "4"} & allowed_after("43", evidence)
    assert allowed_after("43.", evidence) == {"4"}


def test_a_number_is_not_broken_off():
    words = Characters()
    guard = Quoted(words, "12.3", start=0)
    ids = [words.tokens.index(c) for c in "12"]
    allowed = guard(torch.tensor([ids]), torch.zeros(1, len(words.tokens)))[0].isfinite().nonzero().flatten().tolist()
    assert allowed == [words.tokens.index(".")]


def test_digits_inside_a_name_are_free():
    words = Characters()
    guard = Quoted(words, "12.3", start=0)
    scores = guard(torch.tensor([[words.tokens.index("a")]]), torch.zeros(1, len(words.tokens)))
    assert scores[0, words.tokens.index("7")] == 0


def test_what_was_read_before_does_not_count():
    assert write("3", seed=0, prompt="97")[:1] not in set("0124567")


def test_a_tokenizer_without_digits_is_refused():
    class Pairs(Characters):
        def encode(self, *_, **__):
            return [1, 2]

    with pytest.raises(ValueError, match="digit by digit"):
        Quoted(Pairs(), "12", start=0)
