import numpy as np
import pytest
import torch
import torch.nn.functional as F

from spexlab.model.landcover import (
    BRIGHTNESS,
    FEATURES,
    SLOTS,
    LandCoverHead,
    PixelEvidence,
    feature_bands,
    local_statistics,
    pixel_features,
)
from spexlab.model.refiner import MaskRefiner

SENTINEL = torch.tensor([[490.0, 560, 665, 705, 740, 783, 833, 865, 1614, 2202]])
LANDSAT = torch.tensor([[443.0, 482, 561, 655, 865, 1609, 2201]])
COLOUR = torch.tensor([[665.0, 560, 490]])


def image(wavelengths: torch.Tensor, side: int = 12) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(1, wavelengths.shape[1], side, side, generator=generator) * 0.4 + 0.02


def test_bands_come_to_their_slots_by_wavelength_in_any_order() -> None:
    pixels = image(SENTINEL)
    order = torch.randperm(SENTINEL.shape[1], generator=torch.Generator().manual_seed(1))
    there, shuffled = (pixel_features(p, w) for p, w in ((pixels, SENTINEL), (pixels[:, order], SENTINEL[:, order])))
    torch.testing.assert_close(there, shuffled, equal_nan=True)
    torch.testing.assert_close(there[0, ..., 6], pixels[0, 6])  # 833 nm is nearer to 842 than 865 nm is
    assert there.isfinite().all()


@pytest.mark.parametrize(("wavelengths", "present"), [(LANDSAT, [0, 1, 2, 6, 7, 8]), (COLOUR, [0, 1, 2])])
def test_what_a_camera_lacks_is_unknown_and_nothing_else(wavelengths: torch.Tensor, present: list[int]) -> None:
    known = pixel_features(image(wavelengths), wavelengths)[0, 0, 0].isfinite()
    bands = torch.zeros(len(SLOTS), dtype=torch.bool)
    bands[present] = True
    expected = ~(feature_bands()[:-1] & ~bands).any(dim=1)
    assert known.tolist() == expected.tolist()


def test_padded_bands_are_no_bands() -> None:
    pixels = image(COLOUR)
    padded = torch.cat([pixels, torch.ones(1, 2, 12, 12)], dim=1), torch.cat([COLOUR, torch.zeros(1, 2)], dim=1)
    torch.testing.assert_close(pixel_features(pixels, COLOUR), pixel_features(*padded), equal_nan=True)


def test_indices_are_those_of_the_textbooks() -> None:
    pixels = image(SENTINEL)
    found = pixel_features(pixels, SENTINEL)[0]
    green, red, nir, swir = pixels[0, 1], pixels[0, 2], pixels[0, 6], pixels[0, 8]
    torch.testing.assert_close(found[..., 9], (nir - red) / (nir + red))  # NDVI
    torch.testing.assert_close(found[..., 11], (green - swir) / (green + swir))  # MNDWI


def test_only_brightness_grows_with_the_light() -> None:
    pixels = image(SENTINEL)
    once, twice = (pixel_features(p, SENTINEL)[0, 5, 5] for p in (pixels, 2 * pixels))
    grown = ((twice / once) - 2).abs() < 1e-3
    assert grown.nonzero().flatten().tolist() == list(BRIGHTNESS)
    same = [feature for feature in range(FEATURES - 1) if feature not in BRIGHTNESS]
    torch.testing.assert_close(once[same], twice[same], atol=1e-4, rtol=1e-3)


def test_statistics_of_a_flat_map_are_its_value_and_no_spread() -> None:
    flat = torch.full((1, 2, 9, 14), 0.3)
    mean, spread, wide, wide_spread = local_statistics(flat).chunk(4, dim=1)
    for found, expected in ((mean, 0.3), (spread, 0.0), (wide, 0.3), (wide_spread, 0.0)):
        torch.testing.assert_close(found, torch.full_like(flat, expected), atol=1e-3, rtol=1e-4)


def test_the_near_mean_is_that_of_25_pixels() -> None:
    values = image(COLOUR)
    mean = local_statistics(values)[:, :3]
    np.testing.assert_allclose(mean[0, :, 5, 6], values[0, :, 3:8, 4:9].mean(dim=(1, 2)), rtol=1e-5)


def head() -> LandCoverHead:
    torch.manual_seed(0)
    made = LandCoverHead(5, embedding_channels=8, detail_channels=6, width=16, mean=0.15, std=0.15)
    made.init_correction()
    return made


def test_the_head_begins_at_what_the_pixels_say() -> None:
    made, pixels = head(), image(SENTINEL, side=16)
    measured = made.evidence.measure((pixels - 0.15) / 0.15, SENTINEL, torch.tensor([10.0]))
    answers = [made(measured, torch.randn(1, 8, 2, 2), torch.randn(1, 6, 16, 16)) for _ in range(2)]
    torch.testing.assert_close(*answers)
    torch.testing.assert_close(answers[0], made.pixelwise(made.evidence(measured)).permute(0, 3, 1, 2))


def test_narrow_pixels_are_told_from_wide_and_unknown_ones() -> None:
    evidence = PixelEvidence(4, mean=0.15, std=0.15)
    last = [
        evidence.measure(image(COLOUR), COLOUR, size)[0, 0, 0, -1].item()
        for size in (torch.tensor([0.5]), torch.tensor([10.0]), torch.tensor([float("nan")]), None)
    ]
    assert last == [1.0, 0.0, 0.0, 0.0]


def test_the_prompt_chooses_among_the_targets() -> None:
    torch.manual_seed(0)
    refiner = MaskRefiner(detail_channels=4, upscaled_channels=3, token_channels=6, width=8, scored=5)
    land_cover, token, prompts = torch.randn(2, 5, 8, 8), torch.randn(2, 6), torch.randn(2, 4, 6)
    with torch.no_grad():
        refiner.choose.weight.zero_()
        refiner.choose.weight[2] = 0.5  # prompts differ with the picture, and so do scores
        refiner.choose.bias.copy_(torch.tensor([0.0, -2, 16, 1, 0, -100]))  # the third target, nothing of the refiner's own
    logits = refiner(torch.randn(2, 1, 4, 4), torch.randn(2, 3, 4, 4), torch.randn(2, 4, 8, 8), token, prompts, None, land_cover)
    torch.testing.assert_close(logits[:, 0], land_cover[:, 2], atol=1e-4, rtol=0)


@pytest.mark.parametrize("strip", [1, 7, 40, 10_000])
def test_strips_of_any_height_give_the_same_logits(strip: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made, pixels = head(), image(SENTINEL, side=16)
    torch.nn.init.normal_(made.correction.weight)
    measured = made.evidence.measure((pixels - 0.15) / 0.15, SENTINEL, torch.tensor([10.0]))
    embedding, detail = torch.randn(1, 8, 3, 2), torch.randn(1, 6, 16, 16)
    monkeypatch.setattr("spexlab.model.strips.PIXELS", strip)
    seen = made.evidence(measured)
    context = F.interpolate(made.from_context(embedding), size=(16, 16), mode="bilinear", align_corners=False)
    mixed = F.gelu(made.from_pixels(seen).permute(0, 3, 1, 2) + made.from_detail(detail) + context)
    whole = made.pixelwise(seen).permute(0, 3, 1, 2) + made.correction(mixed)
    torch.testing.assert_close(made(measured, embedding, detail), whole, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("strip", [1, 33, 10_000])
def test_the_refiner_gives_the_same_in_strips_of_any_height(strip: int, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    refiner = MaskRefiner(detail_channels=4, upscaled_channels=3, token_channels=6, width=8)
    given = torch.randn(2, 1, 4, 4), torch.randn(2, 3, 4, 4), torch.randn(2, 4, 11, 16), torch.randn(2, 6), torch.randn(2, 4, 6)
    prior = torch.randn(2, 1, 11, 16)
    whole = refiner(*given, prior)
    monkeypatch.setattr("spexlab.model.strips.PIXELS", strip)
    torch.testing.assert_close(refiner(*given, prior), whole, atol=1e-5, rtol=1e-5)
