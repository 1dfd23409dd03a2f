import math
from pathlib import Path

import pytest
import torch

from spexlab.extraction import Spex
from spexlab.model.configuration import InternImageConfig, SpexConfig
from spexlab.model.spex import SpexForExtraction
from spexlab.model.wordlabels import IGNORE, answer_span
from spexlab.targets import TARGETS
from tests.support.tiny import tiny_spex

WAVELENGTHS = (490.0, 560.0, 665.0, 842.0)


@pytest.fixture(scope="module")
def spex():
    return tiny_spex()


def _image(batch=2, size=(40, 48), seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {
        "pixel_values": torch.randn(batch, 4, *size, generator=generator),
        "wavelengths": torch.tensor(WAVELENGTHS).expand(batch, -1),
        "pixel_size": torch.full((batch,), 10.0),
        "indices": torch.randn(batch, 6, *size, generator=generator),
    }


def _question(spex, texts=("<image> water?", "<image> a longer question about trees?"), size=(40, 48)):
    return dict(spex.processor.questions(list(texts), size=size))


@torch.no_grad()
def test_training_and_inference_reach_the_mask_by_one_path(spex: Spex) -> None:
    image, question, prior = _image(), _question(spex), torch.randn(2, 1, 40, 48)
    trained = spex.model(**image, **question, prior=prior).mask_logits
    asked = spex.model.segment(spex.model.encode(**image), **question, prior=prior).logits
    assert torch.equal(trained, asked)


@torch.no_grad()
def test_a_batch_answers_as_one_by_one(spex: Spex) -> None:
    image, question = _image(), _question(spex)
    together = spex.model.segment(spex.model.encode(**image), **question).logits
    for row, text in enumerate(("<image> water?", "<image> a longer question about trees?")):
        alone = spex.model.encode(**{name: value[row : row + 1] for name, value in image.items()})
        single = spex.model.segment(alone, **_question(spex, [text])).logits[0]
        torch.testing.assert_close(single, together[row], rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_the_generated_answer_fed_back_gives_equal_logits(spex: Spex) -> None:
    features, question = spex.model.encode(**_image(1)), _question(spex, ["<image> water?"])
    written = spex.model.generate(features, question["input_ids"], max_new_tokens=9, eos_token_id=None, pad_token_id=0)
    fed_back = torch.cat([question["input_ids"], written], dim=1)
    span = torch.arange(fed_back.shape[1])[None] >= question["input_ids"].shape[1]
    labels = torch.where(span, fed_back, IGNORE)
    first = spex.model.segment(features, fed_back, span=span).logits
    again = spex.model.segment(features, fed_back, span=answer_span(labels)).logits
    assert torch.equal(first, again)


@torch.no_grad()
def test_words_go_on_from_the_cache_as_if_all_were_read_at_once(spex: Spex) -> None:
    features, question = spex.model.encode(**_image(1)), _question(spex, ["<image> water?"])
    masks = spex.model.segment(features, **question, use_cache=True)
    ids = torch.cat([question["input_ids"], torch.tensor([spex.processor.evidence("Measured: {}")])], dim=1)
    options = {"max_new_tokens": 8, "eos_token_id": None, "pad_token_id": 0}
    assert torch.equal(
        spex.model.generate(None, ids, past_key_values=masks.past_key_values, **options),
        spex.model.generate(features, ids, **options),
    )


@torch.no_grad()
def test_the_prior_reaches_the_mask_and_its_absence_is_known(spex: Spex) -> None:
    features, question = spex.model.encode(**_image(1)), _question(spex, ["<image> water?"])
    without = spex.model.segment(features, **question).logits
    unknown = spex.model.segment(features, **question, prior=torch.full((1, 1, 40, 48), torch.nan)).logits
    wet = spex.model.segment(features, **question, prior=torch.full((1, 1, 40, 48), 0.3)).logits
    dry = spex.model.segment(features, **question, prior=torch.full((1, 1, 40, 48), -0.3)).logits
    torch.testing.assert_close(without, unknown)
    assert (wet - dry).mean() > 3  # the anchor starts at 10 logits an index unit


@torch.no_grad()
def test_features_serve_several_questions(spex: Spex) -> None:
    image = _image(2)
    features = spex.model.encode(**image).repeat(torch.tensor([1, 2]))
    texts = ["<image> water?", "<image> trees?", "<image> bare?"]
    several = spex.model.segment(features, **_question(spex, texts)).logits
    assert several.shape == (3, 40, 48)
    second = spex.model.encode(**{name: value[1:] for name, value in image.items()})
    torch.testing.assert_close(
        several[1], spex.model.segment(second, **_question(spex, texts[1:2])).logits[0], rtol=1e-4, atol=1e-4
    )


def test_losses_add_up_and_every_part_learns() -> None:
    model = tiny_spex(seed=1).model.train()
    question = _question(tiny_spex())
    labels = question["input_ids"].masked_fill(question["attention_mask"] == 0, IGNORE)
    mask = torch.rand(2, 40, 48) > 0.5
    out = model(**_image(), **question, labels=labels, mask_labels=mask.float(), prior=torch.randn(2, 1, 40, 48))
    assert out.loss.item() == pytest.approx(out.lm_loss.item() + out.mask_loss.item(), rel=1e-6)
    out.loss.backward()
    silent = {name.split(".")[0] for name, p in model.named_parameters() if p.grad is None}
    # SAM's IoU head and SPEX's target head have no part in these two losses.
    assert silent <= {"target_head", "mask_decoder"}
    assert not any(p.grad is None for name, p in model.named_parameters() if name.startswith(("backbone", "refiner", "language")))


def test_target_scores_do_not_depend_on_the_padding(spex: Spex) -> None:
    short = spex.processor.instructions(["lakes"])
    both = spex.processor.instructions(["lakes", "a much longer instruction than the other"])
    with torch.no_grad():
        spex.model.target_head.weight.normal_(generator=torch.Generator().manual_seed(0))
        alone, padded = (spex.model.interpret(x["input_ids"], x["attention_mask"]).targets[0] for x in (short, both))
    assert alone.shape == (2, len(TARGETS))
    torch.testing.assert_close(alone, padded, rtol=1e-4, atol=1e-4)


def test_targets_and_limits_are_learnt_side_by_side() -> None:
    hearing = tiny_spex(limits=("largest", "north"))
    asked = hearing.processor.instructions(["the largest lake", "lakes"])
    targets, limits = torch.zeros(2, 2, len(TARGETS)), torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    out = hearing.model(**asked, target_labels=targets, limit_labels=limits)
    assert out.limit_logits.shape == (2, 2)
    assert out.loss.item() == pytest.approx(out.target_loss.item() + out.limit_loss.item())
    assert out.limit_loss.item() == pytest.approx((3 * math.log1p(math.exp(-8)) + math.log1p(math.exp(8))) / 4, rel=1e-5)
    assert hearing.model(**asked, target_labels=targets).limit_loss is None


def test_a_saved_model_answers_the_same(spex: Spex, tmp_path: Path) -> None:
    spex.model.save_pretrained(tmp_path)
    loaded = SpexForExtraction.from_pretrained(tmp_path).eval()
    with torch.no_grad():
        first, second = (m.segment(m.encode(**_image()), **_question(spex)).logits for m in (spex.model, loaded))
    assert torch.equal(first, second)
    assert [file.suffix for file in tmp_path.iterdir() if file.name.startswith("model")] == [".safetensors"]


@pytest.mark.parametrize(
    ("labels", "start", "end"),
    [
        ([-100, -100, 5, 6, 7], 2, 5),
        ([-100, 5, -100, -100, 6, 7, 8, -100, -100], 4, 7),
        ([5, 6], 0, 2),
        ([1, 2, -100, 3], 3, 4),
    ],
)
def test_answer_span_is_the_last_run_of_labels(labels, start, end) -> None:
    span = answer_span(torch.tensor([labels]))[0]
    assert span.nonzero().flatten().tolist() == list(range(start, end))


def test_a_row_without_labels_has_no_span() -> None:
    with pytest.raises(ValueError, match="at least one labelled token"):
        answer_span(torch.full((1, 4), IGNORE))


def test_wrong_number_of_image_tokens_is_explained(spex: Spex) -> None:
    question = _question(spex, ["<image> water?"])
    with pytest.raises(ValueError, match="exactly 4 image tokens"):
        spex.model.embed(spex.model.encode(**_image(1)), question["input_ids"][:, -4:])


def test_configurations_that_cannot_work_are_refused() -> None:
    with pytest.raises(ValueError, match="full-resolution features"):
        SpexConfig(vision_config=InternImageConfig(stem="rgb"), refine=True)
    with pytest.raises(ValueError, match="mask_token_id"):
        SpexConfig(condense="mask_tokens")


@pytest.mark.parametrize("kind", ["internimage", "convnext"])
def test_a_configuration_finds_its_backbones_class_by_its_type(kind: str, tmp_path: Path) -> None:
    SpexConfig(vision_config={"model_type": kind}).save_pretrained(tmp_path)
    assert SpexConfig.from_pretrained(tmp_path).vision_config.model_type == kind


@torch.no_grad()
def test_a_question_that_was_begun_ends_as_one_that_is_read_whole(spex: Spex) -> None:
    features, question = spex.model.encode(**_image(1)), _question(spex, ["<image> water?"])
    whole = spex.model.segment(features, **question, use_cache=True)
    start = torch.tensor([spex.processor.beginning(features.size)])
    assert (question["input_ids"][:, : start.shape[1]] == start).all()
    begun = spex.model.begin(features, start)
    for _ in range(2):  # the state stays as it is, so that the next question can go on from it
        again = spex.model.segment(features, **question, use_cache=True, begun=begun)
        torch.testing.assert_close(again.logits, whole.logits, rtol=1e-4, atol=1e-4)
        assert begun.get_seq_length() == start.shape[1]
        assert again.past_key_values.get_seq_length() == whole.past_key_values.get_seq_length()
