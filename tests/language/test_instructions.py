import itertools
import random
import re
from collections import Counter
from pathlib import Path

import pytest

from spexlab.evidence.limits import LIMITS
from spexlab.extraction.loading import CHECKPOINTS
from spexlab.language.instructions import CHINESE, REFUSED, Instruction, draw_instruction
from spexlab.language.instructions.lexicon import Noun, Slot, fill, load_lexicon, parse_template, pluralise, slot_names
from spexlab.language.instructions.noise import gibberish, slip, typed
from spexlab.language.instructions.phrases import (
    Phrase,
    invented_word,
    limited_phrase,
    listed,
    noun_phrase,
    same_form,
    target_phrase,
)
from spexlab.language.instructions.sentences import sentence
from spexlab.model.configuration import SpexConfig
from spexlab.targets import TARGETS

EVALUATION = Path(__file__).parents[1] / "data" / "instructions_eval.tsv"
PHRASE_SLOTS = {
    *(
        "bare",
        "the",
        "np",
        "some",
        "mod",
        "being",
        "clause",
        "is",
        "was",
        "them",
        "they",
        "this",
        "does",
        "x",
        "y",
        "ybare",
        "thing",
    ),
    *("size", "side", "sided"),
}


@pytest.fixture(scope="module")
def drawn() -> list[Instruction]:
    rng = random.Random(0)
    return [draw_instruction(rng) for _ in range(50_000)]


@pytest.fixture(scope="module")
def evaluation() -> list[Instruction]:
    lines = [line.split("\t") for line in EVALUATION.read_text(encoding="utf-8").splitlines()]
    return [Instruction(text, *(tuple(names.split(",")) if names else () for names in rest)) for text, *rest in lines]


def words_of(text: str) -> str:
    """Its letters and digits only, in lower case; all of it where it has none."""
    return " ".join(re.findall(r"\w+", text.lower())) or text.strip()


def test_same_seed_gives_same_instructions():
    first, second = random.Random(5), random.Random(5)
    assert [draw_instruction(first) for _ in range(300)] == [draw_instruction(second) for _ in range(300)]


def test_labels_are_valid(drawn):
    order = list(TARGETS)
    for instruction in drawn:
        assert instruction.text.strip()
        assert sorted(set(instruction.limits), key=LIMITS.index) == list(instruction.limits)
        assert instruction.include or not instruction.limits, "a refused instruction limits nothing"
        for names in (instruction.include, instruction.exclude):
            assert set(names) <= set(TARGETS)
            assert sorted(set(names), key=order.index) == list(names)
        assert not set(instruction.include) & set(instruction.exclude)
        assert instruction.include or not instruction.exclude, "a refused instruction leaves nothing out"


def test_an_exclusion_leaves_something_of_every_target(drawn):
    for instruction in drawn:
        gone = frozenset().union(*(TARGETS[name].members for name in instruction.exclude))
        assert all(TARGETS[name].members - gone for name in instruction.include), instruction


def test_every_target_is_asked_for_often_enough(drawn):
    asked = Counter(name for instruction in drawn for name in instruction.include)
    left_out = Counter(name for instruction in drawn for name in instruction.exclude)
    assert set(asked) == set(left_out) == set(TARGETS)
    assert min(asked.values()) > 0.45 * max(asked.values())
    assert min(left_out.values()) > 0.004 * len(drawn)


def test_shares_of_refusals_languages_and_lists(drawn):
    assert sum(not i.include for i in drawn) / len(drawn) == pytest.approx(REFUSED, abs=0.01)
    assert sum(bool(re.search("[\u4e00-\u9fff]", i.text)) for i in drawn) / len(drawn) == pytest.approx(CHINESE, abs=0.01)
    assert sum(len(i.include) > 1 for i in drawn) / len(drawn) > 0.08
    assert sum(bool(i.exclude) for i in drawn) / len(drawn) > 0.06


def test_limits_are_set_often_enough(drawn):
    accepted = [instruction for instruction in drawn if instruction.include]
    assert 0.15 < sum(bool(i.limits) for i in accepted) / len(accepted) < 0.20
    limits = Counter(name for instruction in accepted for name in instruction.limits)
    assert set(limits) == set(LIMITS)
    assert min(limits.values()) > 0.004 * len(drawn)
    assert any(len(i.limits) > 1 for i in accepted)
    chinese = [i for i in accepted if re.search("[\u4e00-\u9fff]", i.text)]
    assert 0.1 < sum(bool(i.limits) for i in chinese) / len(chinese) < 0.22


@pytest.mark.parametrize(("language", "limit"), list(itertools.product(("limits", "chinese_limits"), LIMITS)))
def test_words_of_a_limit_mean_one_limit(language, limit):
    wording = getattr(load_lexicon(), language)
    words = {**wording.sizes, **wording.sides}[limit]
    assert len(words) >= 6
    others = {**wording.sizes, **wording.sides}
    assert not {word for word in words for name, names in others.items() if name != limit and word in names}


def test_every_limited_sentence_names_its_limit(drawn):
    lexicon = load_lexicon()
    said = {name: [*lexicon.limits.sizes.get(name, ()), *lexicon.limits.sides.get(name, ()), *lexicon.limits.sided.get(name, ())]
            for name in LIMITS}  # fmt: skip
    chinese = {**lexicon.chinese_limits.sizes, **lexicon.chinese_limits.sides}
    heard = total = 0
    for instruction in drawn:
        text = " ".join(re.split(r"[\s_-]+", instruction.text.lower()))
        for name in instruction.limits:
            words = (*said[name], *chinese[name])
            total += 1
            heard += any(word.replace("-", " ") in text for word in words)
    assert heard > 0.96 * total  # the rest has a slip of the finger in it


def test_a_superlative_is_for_what_can_be_counted():
    lexicon, rng = load_lexicon(), random.Random(8)
    phrases = [limited_phrase(lexicon.targets["snow"], lexicon, size="largest", side="", rng=rng) for _ in range(300)]
    assert all(phrase.bare.startswith("largest ") and phrase.np.startswith("the largest ") for phrase in phrases)
    assert not {phrase.bare for phrase in phrases} & {"largest snow", "largest ice", "largest frost"}
    assert any(" of snow" in phrase.bare for phrase in phrases)


def test_what_follows_a_noun_is_never_lost():
    """A frame with the bare modifier ("{mod} extraction") would drop the exclusion that the labels hold."""
    lexicon, rng = load_lexicon(), random.Random(9)
    phrase = same_form("lakes").followed_by(" but no ponds")
    assert all("but no ponds" in sentence(phrase, lexicon, rng)[0] for _ in range(2000))


def test_instructions_hardly_repeat(drawn):
    assert len({i.text for i in drawn}) > 0.9 * len(drawn)


def test_evaluation_is_well_formed(evaluation):
    assert sum(bool(i.include) for i in evaluation) >= 110
    assert sum(not i.include for i in evaluation) >= 50
    assert len({i.text for i in evaluation}) == len(evaluation)
    for instruction in evaluation:
        assert set(instruction.include) | set(instruction.exclude) <= set(TARGETS)
        assert not set(instruction.include) & set(instruction.exclude)
    asked = {name for i in evaluation for name in i.include}
    assert asked >= set(SpexConfig.from_pretrained(CHECKPOINTS / "spex-tiny").targets)


def test_evaluation_is_not_drawn(drawn, evaluation):
    assert not {words_of(i.text) for i in drawn} & {words_of(i.text) for i in evaluation}


def shape(text: str, names: set[str]) -> str:
    """The words of a text with every name of a target, the longest first, blanked."""
    words, blanked = words_of(text).split(), []
    while words:
        length = next((n for n in range(5, 0, -1) if " ".join(words[:n]) in names), 0)
        blanked.append("X" if length else words[0])
        words = words[max(1, length) :]
    return " ".join(blanked)


def test_evaluation_has_its_own_sentence_shapes(drawn, evaluation):
    """Also with every target's word blanked, hardly a sentence of the evaluation is one that the generator makes."""
    nouns = [noun for vocabulary in load_lexicon().targets.values() for noun in vocabulary.nouns]
    names = {words_of(form) for noun in nouns for form in (noun.singular, noun.plural) if form}
    asked = {shape(i.text, names) for i in evaluation if i.include}
    known = {shape(i.text, names) for i in drawn[:20_000]}
    assert len(asked - known) > 0.95 * len(asked)


def test_words_mean_one_thing():
    lexicon = load_lexicon()
    meanings: dict[str, str] = {}
    for target, vocabulary in lexicon.targets.items():
        assert len(vocabulary.nouns) >= 50
        for form in {form for noun in vocabulary.nouns for form in (noun.singular, noun.plural) if form}:
            assert meanings.setdefault(form, target) == target, form
    refused = {form for noun in (*lexicon.things, *lexicon.near) for form in (noun.singular, noun.plural) if form}
    assert not refused & set(meanings)
    assert set(lexicon.targets) == set(TARGETS)
    assert set(lexicon.chinese) == {*TARGETS, "things"}


def test_chinese_words_mean_one_thing():
    chinese = load_lexicon().chinese
    words = Counter(word for words in chinese.values() for word in set(words))
    assert max(words.values()) == 1


def test_every_slot_has_fillers():
    lexicon = load_lexicon()
    wordings = (lexicon.limits, lexicon.chinese_limits)
    groups = [*lexicon.frames.values(), *lexicon.words.values(), *(group for one in wordings for group in one.frames.values())]
    templates = [template for group in groups for template in group]
    assert set().union(*map(slot_names, templates)) <= PHRASE_SLOTS | set(lexicon.words)


def test_template_alternatives_and_slots():
    template = parse_template("[show|find] me {the}[, please|]")
    assert template[1:3] == (" me ", Slot("the"))
    rng = random.Random(0)
    made = {fill(template, {"the": "the lakes"}, rng=rng, lists={}) for _ in range(60)}
    assert made == {f"{verb} me the lakes{end}" for verb in ("show", "find") for end in ("", ", please")}


@pytest.mark.parametrize("line", ["[show", "show]", "[a [b] c]", "{the", "{a {b}}"])
def test_broken_template_is_refused(line):
    with pytest.raises(ValueError, match="closed and not nested"):
        parse_template(line)


@pytest.mark.parametrize(
    ("singular", "plural"),
    [("lake", "lakes"), ("city", "cities"), ("valley", "valleys"), ("marsh", "marshes"), ("bus", "buses"), ("ditch", "ditches")],
)
def test_plurals(singular, plural):
    assert pluralise(singular) == plural


def test_noun_phrase_agrees_with_itself():
    rng = random.Random(1)
    for _ in range(50):
        phrase = noun_phrase(Noun("lake", "lakes"), rng)
        assert (phrase.number, phrase.words()["is"]) in {("singular", "is"), ("plural", "are")}
        assert phrase.bare == ("lakes" if phrase.number == "plural" else "lake")
        assert phrase.the == "the " + phrase.bare
        assert phrase.mod == "lake"


def test_fixed_phrase_takes_no_article():
    phrase = noun_phrase(Noun("everything green", None, countable=False, fixed=True), random.Random(0))
    assert {phrase.bare, phrase.the, phrase.np, phrase.some} == {"everything green"}


def test_list_is_plural_and_names_everything():
    rng = random.Random(2)
    for _ in range(50):
        phrase = listed([same_form("snow"), same_form("water"), same_form("sand")], rng)
        assert phrase.number == "plural"
        assert all(word in form for word in ("snow", "water", "sand") for form in (phrase.bare, phrase.the, phrase.np))


def test_followed_by_leaves_the_modifier():
    phrase = Phrase("lakes", "the lakes", "all lakes", "lakes", "lake", "plural").followed_by(" in Kenya")
    assert (phrase.np, phrase.mod) == ("all lakes in Kenya", "lake")


def test_covered_land_keeps_its_word_before_a_noun():
    lexicon, rng = load_lexicon(), random.Random(3)
    heads = {noun.singular for noun in lexicon.heads}
    modifiers = {target_phrase(lexicon.targets["trees"], lexicon, rng=rng).mod for _ in range(20_000)}
    assert not modifiers & heads
    assert {"afforested land", "wooded area"} <= modifiers


def test_invented_words_begin_like_no_target():
    lexicon, rng = load_lexicon(), random.Random(4)
    words = {invented_word(lexicon, rng) for _ in range(500)}
    assert len(words) > 450
    assert not {word[:4] for word in words} & lexicon.beginnings


def test_slip_changes_one_place():
    rng = random.Random(5)
    for _ in range(200):
        slipped = slip("meadow", rng)
        assert slipped[0] == "m"
        assert abs(len(slipped) - 6) <= 1
        assert len(set("meadow") - set(slipped)) <= 1


def test_typing_keeps_words_apart_from_articles_and_case():
    rng = random.Random(6)
    for _ in range(300):
        text = typed("i need a old lake , please", rng, known=frozenset()).lower()
        assert " a old" not in text.replace("_", " ").replace("  ", " ")
        assert " ," not in text


def test_some_write_in_a_hurry():
    rng = random.Random(8)
    written = {typed("don't you want to see the lakes, please", rng, known=frozenset()).lower() for _ in range(600)}
    assert any("wanna" in text for text in written)
    assert any(text.startswith("dont ") for text in written)


def test_gibberish_is_never_empty():
    rng = random.Random(7)
    assert all(gibberish(rng).strip() for _ in range(2000))
