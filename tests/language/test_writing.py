"""Evidence words and explanations: what was measured, in the same figures, and nothing else."""

import ast
import random

from spexlab.language.checking import Claim, check_claims, read_claims
from spexlab.language.writing import evidence_words, explanation
from tests.support.measured import LAKE, random_measurement


def test_evidence_is_python() -> None:
    for seed in range(200):
        assert isinstance(ast.literal_eval(evidence_words(random_measurement(seed)).removeprefix("Measured: ")), dict)


def test_wordings_vary_with_the_generator_and_repeat_with_its_seed() -> None:
    texts = {explanation(LAKE, random.Random(seed)) for seed in range(300)}
    assert len({text.split(". ")[0] for text in texts}) >= 6
    assert len(texts) > 200
    assert explanation(LAKE, random.Random(5)) == explanation(LAKE, random.Random(5))


def test_explanations_are_whole_sentences() -> None:
    for seed in range(300):
        text = explanation(random_measurement(seed), random.Random(seed))
        sentences = text.rstrip(".").split(". ")
        assert len(sentences) >= 2
        assert all(s[0].isupper() or s[0].isdigit() for s in sentences)
        assert "{" not in text
        assert "None" not in text


def test_numbers_of_an_explanation_are_those_of_its_evidence() -> None:
    for seed in range(1000):
        m = random_measurement(seed)
        words = evidence_words(m)
        for claim in read_claims(explanation(m, random.Random(seed))):
            if isinstance(claim.value, float) and _in_figures(claim):
                assert claim.text.removesuffix(" pixels").removesuffix(" pixel").split(" region")[0] in words


def test_a_changed_number_no_longer_holds() -> None:
    rng = random.Random(0)
    for seed in range(1000):
        m = random_measurement(seed)
        text = explanation(m, rng)
        figures = filter(_in_figures, read_claims(text))
        numbers = [claim for claim in figures if isinstance(claim.value, float) and claim.relation == "="]
        if not numbers:
            continue
        claim = rng.choice(numbers)
        other = f"{claim.value + rng.choice([2, 7, 30]) * 10.0**-claim.decimals:.{claim.decimals}f}"
        told = f"{claim.value:.{claim.decimals}f}"
        at = text.index(told, claim.start)
        changed = check_claims(text[:at] + other + text[at + len(told) :], m)
        assert [c.kind for c in changed if not c.holds and isinstance(c.value, float)] == [claim.kind]


def _in_figures(claim: Claim) -> bool:
    """Whether a number is written in figures: "no water", too, is a count."""
    return any(map(str.isdigit, claim.text))
