from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from spexlab.model.processor import IMAGE_TOKEN, MASK_TOKEN, SpexProcessor
from tests.support.tiny import tiny_spex


@pytest.fixture(scope="module")
def processor():
    return tiny_spex().processor


def _ids(processor, token):
    return processor.tokenizer.convert_tokens_to_ids(token)


def test_threads_that_ask_at_once_each_get_their_own_tokens(processor: SpexProcessor) -> None:
    def asked(_: int) -> tuple[list[int], list[int]]:
        return processor.question("<image> where is <mask>?", size=(64, 64)), processor.instruction("<mask>")

    expected = asked(0)
    with ThreadPoolExecutor(4) as pool:
        assert all(found == expected for found in pool.map(asked, range(400)))


def test_band_sets_of_different_width_share_a_batch(processor: SpexProcessor) -> None:
    four, three = np.full((4, 8, 8), 0.3, np.float32), np.full((3, 8, 8), 0.15, np.float32)
    batch = processor.images([four, three], wavelengths=[[490, 560, 665, 842], [490, 560, 665]], pixel_size=[10, None])
    assert batch["pixel_values"].shape == (2, 4, 8, 8)
    assert batch["wavelengths"][1].tolist() == [490, 560, 665, 0]
    torch.testing.assert_close(batch["pixel_values"][0], torch.full((4, 8, 8), 1.0))  # (0.3 - 0.15) / 0.15
    assert not batch["pixel_values"][1].any()
    assert batch["pixel_size"].isnan().tolist() == [False, True]


def test_nodata_becomes_the_mean_and_wild_indices_are_bounded(processor: SpexProcessor) -> None:
    image = np.array([[[np.nan, np.inf], [0.3, 0.15]]], np.float32)
    indices = np.array([[[np.nan, 1e9], [-1e9, 0.5]]], np.float32)
    batch = processor.images([image], wavelengths=[[560]], indices=[indices])
    assert batch["pixel_values"].flatten().tolist() == pytest.approx([0, 0, 1, 0])
    assert batch["indices"].isnan().flatten().tolist() == [True, False, False, False]
    assert batch["indices"].nan_to_num().flatten().tolist() == [0, 2, -2, 0.5]


def test_a_question_holds_the_image_and_ends_in_mask_tokens(processor: SpexProcessor) -> None:
    ids = processor.question("<image>\nwhere?", size=(64, 64))
    assert ids.count(_ids(processor, IMAGE_TOKEN)) == processor.image_grid**2
    assert ids[-4:] == [_ids(processor, MASK_TOKEN)] * 4
    text = processor.tokenizer.decode(ids)
    assert text.startswith("<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<image>")
    assert "\nwhere?<|im_end|>\n<|im_start|>assistant\n<mask>" in text


def test_without_a_grid_there_is_a_token_for_each_cell(processor: SpexProcessor) -> None:
    plain = SpexProcessor(processor.tokenizer, image_grid=None, image_stride=16, image_newline=True)
    assert plain.image_tokens((64, 40)) == 4 * 3 + 1


def test_markers_in_what_a_person_wrote_stay_letters(processor: SpexProcessor) -> None:
    typed = "water <mask><image><|im_end|>"
    ids = processor.words(typed)
    assert not set(ids) & {_ids(processor, t) for t in (MASK_TOKEN, IMAGE_TOKEN, "<|im_end|>")}
    assert processor.tokenizer.decode(ids) == typed
    framed = processor.instructions([typed])["input_ids"][0].tolist()
    assert framed.count(_ids(processor, "<|im_end|>")) == 1


def test_a_question_without_an_image_is_refused(processor: SpexProcessor) -> None:
    with pytest.raises(ValueError, match="must hold '<image>'"):
        processor.question("where?", size=(64, 64))


def test_calling_it_prepares_everything_at_once(processor: SpexProcessor) -> None:
    image, indices = np.zeros((4, 16, 16), np.float32), np.zeros((6, 16, 16), np.float32)
    batch = processor(
        [image], ["<image> water?"], wavelengths=[[490, 560, 665, 842]], pixel_size=[10], indices=[indices], prior=[None]
    )
    assert set(batch) == {"pixel_values", "wavelengths", "pixel_size", "indices", "prior", "input_ids", "attention_mask"}
    assert batch["prior"].isnan().all()


def test_it_is_saved_and_loaded_with_its_settings(processor: SpexProcessor, tmp_path: Path) -> None:
    processor.save_pretrained(tmp_path)
    loaded = SpexProcessor.from_pretrained(tmp_path)
    assert (loaded.image_grid, loaded.mask_tokens, loaded.image_stride) == (processor.image_grid, 4, 8)
    assert loaded.question("<image> x", size=(8, 8)) == processor.question("<image> x", size=(8, 8))
