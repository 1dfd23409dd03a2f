"""Only numbers of the evidence can be written."""

import re

import pytest
import torch

from spexlab.language.quoting import Quoted


class Characters:
    """A tokenizer of single characters, with Qwen2's habit of a token for a space and a minus."""

    tokens = ("<end>", *"0123456789.- abcdefghijklmnopqrstuvwxyz%,(NDWI", " -", "...", " over", " so")

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
    text = write(evidence, seed=seed, length=200)
    complete = text[: max((text.rfind(c) for c in " abcdefghijklmnopqrstuvwxyz%,"), default=0)]
    written = re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\d])", complete)
    assert set(written) <= {"12.3", "4", "0.41", "-0.05"}


def test_numbers_do_get_written():
    texts = [write("a 12.3 and 4", seed=seed, length=200) for seed in range(20)]
    assert any("12.3" in text for text in texts)
    assert any(re.search(r"(?<![\d.])4(?![\d])", text) for text in texts)


def allowed_after(text: str, evidence: str) -> set[str]:
    """What a model may write next."""
    words = Characters()
    guard = Quoted(words, evidence, start=0)
    scores = guard(torch.tensor([[words.tokens.index(c) for c in text]]), torch.zeros(1, len(words.tokens)))[0]
    return {piece for piece, score in zip(words.tokens, scores.tolist(), strict=True) if score == 0}


def test_only_what_is_no_whole_number_ends_a_sentence():
    assert "." in allowed_after("NDWI is 0.7", "'Inside': 0.7")
    assert "." not in allowed_after("threshold 7", "'Threshold': 7")
    assert "7" not in allowed_after("NDWI is 0.7", "'Inside': 0.7")


def test_a_number_keeps_its_unit():
    assert "%" in allowed_after("12.3", "'Share': '12.3 %'")
    assert "h" not in allowed_after("12.3", "'Share': '12.3 %'")
    assert {"h", " "} <= allowed_after("12.3", "'Area': '12.3 ha'")
    assert "%" not in allowed_after("12.3", "'Area': '12.3 ha'")


def test_a_number_without_a_unit_gets_none():
    after = allowed_after("NDWI is 0.7", "'Inside': 0.7")
    assert "%" not in after
    assert {"a", ",", " "} <= after


def test_counts_are_of_what_was_counted():
    assert "r" in allowed_after("7", "'Regions': 7")
    assert "p" not in allowed_after("7", "'Regions': 7")
    assert {"p", "r"} <= allowed_after("7", "'Pixels': 7, 'Regions': 7")


def digits_after(text: str, evidence: str) -> set[str]:
    """With which digits a number may begin."""
    return {piece for piece in allowed_after(text, evidence) if piece.isdigit()}


MEASURED = "'Share': '41.6 %', 'Area': '15.7 ha', 'Regions': 8, 'Index': 'NDWI', 'Threshold': 0.15, 'Inside': 0.58, 'Around': -0.21"


def test_a_number_is_quoted_once():
    assert digits_after("water covers ", MEASURED) == {"4", "1"}
    assert digits_after("water covers 41.6 % of the area, ", MEASURED) == {"1"}
    assert digits_after("water covers 41.6 % of the area, or 15.7 ha, of it ", MEASURED) == set()


def test_where_all_is_quoted_no_space_waits_for_a_number():
    assert " " in allowed_after("water covers", "'Share': '41.6 %'")
    assert not {" ", " -"} & allowed_after("41.6 % of the area, in", "'Share': '41.6 %'")
    assert "i" in allowed_after("41.6 % of the area, ", "'Share': '41.6 %'")


def test_equal_numbers_are_quoted_once_each():
    evidence = "'Share': '12.3 %', 'Area': '12.3 ha'"
    assert digits_after("covers 12.3 ha, or ", evidence) == {"1"}
    assert "%" in allowed_after("covers 12.3 ha, or 12.3", evidence)
    assert "h" not in allowed_after("covers 12.3 ha, or 12.3", evidence)
    assert digits_after("covers 12.3 ha, or 12.3 %, ", evidence) == set()
    alike = "'Threshold': 0.15, 'Inside': 0.15, 'Around': 0.15"
    assert digits_after("NDWI is 0.15 inside and ", alike) == {"0"}
    assert digits_after("NDWI is 0.15 inside and 0.15 around, ", alike) == set()
    assert digits_after("NDWI is 0.15 inside and 0.15 around, so over the threshold ", alike) == {"0"}


def test_nothing_covers_a_number_of_regions():
    assert digits_after("", MEASURED) == {"4", "1", "8"}
    assert "8" in digits_after("water covers 15.7 ha in ", MEASURED)
    for words in ("water covers ", "there is water on ", "15.7 ha (", "of the area, "):
        assert "8" not in digits_after(words, MEASURED)


def test_a_mean_is_of_an_index_named_before():
    assert "0" not in digits_after("water is ", MEASURED)
    assert "0" in digits_after("NDWI is ", MEASURED)
    assert " -" in allowed_after("NDWI is", MEASURED)
    assert " -" not in allowed_after("water is", MEASURED)
    assert digits_after("NDWI is -", MEASURED) == {"0"}


def test_the_threshold_follows_its_name():
    assert digits_after("NDWI is over the threshold ", MEASURED) == {"0"}
    assert allowed_after("NDWI is over the threshold 0.", MEASURED) == {"1"}
    assert allowed_after("NDWI is 0.", MEASURED) == {"5"}


def test_a_bound_keeps_its_word():
    evidence = "'Share': 'under 0.01 %', 'Pixels': 7"
    assert digits_after("covers ", evidence) == {"7"}
    assert digits_after("covers under ", evidence) == {"0"}


def test_a_number_waits_for_its_unit():
    assert allowed_after("in 44 ", "'Regions': 44") == {"r"}
    assert allowed_after("in 44 re", "'Regions': 44") == {"g"}
    assert "," in allowed_after("in 44 regions", "'Regions': 44")


def test_a_number_begins_after_a_space_or_a_bracket():
    assert digits_after("water.", "7.5") == digits_after("%", "7.5") == set()
    assert digits_after("(", "7.5") == digits_after("is ", "7.5") == {"7"}


def test_no_word_follows_itself():
    words = Characters()
    guard = Quoted(words, "", start=1)
    so = words.tokens.index(" so")
    scores = guard(torch.tensor([[so, so]]), torch.zeros(1, len(words.tokens)))[0]
    assert scores[so] == -torch.inf
    assert scores[words.tokens.index(" over")] == 0
    assert guard(torch.tensor([[so]]), torch.zeros(1, len(words.tokens)))[0, so] == 0


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
