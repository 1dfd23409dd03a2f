from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import AutoBackbone, AutoConfig, AutoModel

from spexlab.model.configuration import InternImageConfig
from spexlab.model.internimage import DropPath, InternImageBackbone, InternImageLayer, InternImageOutput

TINY = {"embed_dim": 16, "depths": [1, 1, 2, 1], "groups": [1, 2, 4, 8], "drop_path_rate": 0.0}
WAVELENGTHS = [490.0, 560.0, 665.0, 842.0, 1610.0]


def tiny(**options: Any) -> InternImageBackbone:
    """A seeded tiny backbone in which everything that starts at zero has been moved, as after training."""
    torch.manual_seed(0)
    backbone = InternImageBackbone(InternImageConfig(**(TINY | options))).eval()
    with torch.no_grad():
        for parameter in backbone.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.05)
    return backbone


def multispectral(**options: Any) -> InternImageBackbone:
    return tiny(stem="wavelength", spectral_width=8, detail_channels=6, **options)


@pytest.fixture
def pixels() -> Tensor:
    """Two scenes of five bands."""
    return torch.rand(2, 5, 33, 40, generator=torch.Generator().manual_seed(2))


def bands(rows: int = 2) -> Tensor:
    return torch.tensor([WAVELENGTHS] * rows)


def assert_same(first: InternImageOutput, second: InternImageOutput) -> None:
    for ours, theirs in zip(first.feature_maps, second.feature_maps, strict=True):
        torch.testing.assert_close(ours, theirs, atol=2e-5, rtol=1e-4)
    if first.detail is not None:
        torch.testing.assert_close(first.detail, second.detail, atol=2e-5, rtol=1e-4)


def row_of(output: InternImageOutput, row: int) -> InternImageOutput:
    return InternImageOutput(
        feature_maps=tuple(level[row : row + 1] for level in output.feature_maps), detail=output.detail[row : row + 1]
    )


@pytest.mark.parametrize("size", [(64, 64), (33, 40), (7, 100), (1, 1)])
def test_maps_of_any_size_have_strides_4_to_32(size: tuple[int, int]) -> None:
    maps = tiny()(torch.rand(1, 3, *size)).feature_maps
    assert [level.shape[1] for level in maps] == [16, 32, 64, 128]
    for level, stride in zip(maps, (4, 8, 16, 32), strict=True):
        assert level.shape[2:] == tuple(-(-side // stride) for side in size)


def test_the_defaults_are_the_released_size() -> None:
    with torch.device("meta"):
        backbone = InternImageBackbone(InternImageConfig())
    assert sum(parameter.numel() for parameter in backbone.parameters()) == 218_952_370
    assert backbone.channels == [160, 320, 640, 1280]


def test_the_order_of_bands_does_not_matter(pixels: Tensor) -> None:
    backbone, order = multispectral(), torch.tensor([3, 0, 4, 2, 1])
    assert_same(backbone(pixels, bands()), backbone(pixels[:, order], bands()[:, order]))


def test_wavelengths_matter(pixels: Tensor) -> None:
    backbone = multispectral()
    other = backbone(pixels, bands() + 30)
    assert (other.detail - backbone(pixels, bands()).detail).abs().max() > 1e-3


@pytest.mark.parametrize("filler", [0.0, 7.0, float("nan")])
def test_padded_bands_do_not_matter(pixels: Tensor, filler: float) -> None:
    backbone = multispectral()
    padded = torch.cat([pixels, torch.full((2, 3, 33, 40), filler)], dim=1)
    assert_same(backbone(padded, torch.cat([bands(), torch.zeros(2, 3)], dim=1)), backbone(pixels, bands()))


def test_padded_bands_do_not_matter_in_half_precision(pixels: Tensor) -> None:
    spectral, padded = multispectral().stem.spectral.bfloat16(), torch.cat([pixels, torch.full((2, 1, 33, 40), torch.inf)], dim=1)
    with_padding = spectral(padded.bfloat16(), torch.cat([bands(), torch.zeros(2, 1)], dim=1))
    torch.testing.assert_close(with_padding, spectral(pixels.bfloat16(), bands()))


def test_every_band_twice_is_every_band_once(pixels: Tensor) -> None:
    backbone = multispectral()
    assert_same(backbone(pixels.repeat(1, 2, 1, 1), bands().repeat(1, 2)), backbone(pixels, bands()))


def test_a_batch_of_different_band_sets_is_its_samples(pixels: Tensor) -> None:
    backbone = multispectral(index_channels=2)
    wavelengths = bands()
    wavelengths[1, 3:] = 0
    size = torch.tensor([10.0, float("nan")])
    indices = torch.randn(2, 2, 33, 40)
    indices[1, 1] = float("nan")
    together = backbone(pixels, wavelengths, size, indices)
    first = backbone(pixels[:1], wavelengths[:1], size[:1], indices[:1])
    second = backbone(pixels[1:, :3], wavelengths[1:, :3], None, indices[1:])
    assert_same(row_of(together, 0), first)
    assert_same(row_of(together, 1), second)


def test_which_bands_were_seen_matters_even_if_they_are_dark() -> None:
    backbone, dark = multispectral(), torch.zeros(1, 3, 16, 16)
    visible, infrared = (
        backbone(dark, torch.tensor([wavelengths])).detail for wavelengths in ([490.0, 560, 665], [842.0, 1610, 2200])
    )
    assert (visible - infrared).abs().max() > 1e-3


def test_pixel_size_matters_and_its_absence_has_one_meaning(pixels: Tensor) -> None:
    backbone = multispectral()
    details = {size: backbone(pixels, bands(), torch.full((2,), size)).detail for size in (0.3, 30.0, float("nan"), 0.0, -1.0)}
    unknown = backbone(pixels, bands()).detail
    assert (details[0.3] - details[30.0]).abs().max() > 1e-3
    for size, detail in details.items():
        assert detail.isfinite().all()
        assert torch.equal(detail, unknown) == (not size > 0)


def test_unknown_index_pixels_are_told_from_zero(pixels: Tensor) -> None:
    backbone = multispectral(index_channels=1)
    zero, nothing = torch.zeros(2, 1, 33, 40), torch.full((2, 1, 33, 40), float("nan"))
    without = backbone(pixels, bands())
    assert_same(backbone(pixels, bands(), indices=nothing), without)
    assert (backbone(pixels, bands(), indices=zero).detail - without.detail).abs().max() > 1e-3


def test_detail_is_local(pixels: Tensor) -> None:
    """Cutting a window out of a scene changes nothing further than two pixels from its edge."""
    backbone = multispectral()
    whole, window = backbone(pixels, bands()).detail, backbone(pixels[:, :, 8:24, 4:30], bands()).detail
    torch.testing.assert_close(whole[:, :, 10:22, 6:28], window[:, :, 2:-2, 2:-2], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("strip", [1, 33, 200, 10_000])
def test_detail_is_the_same_in_strips_of_any_height(strip: int, pixels: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    stem, index = multispectral(index_channels=1).stem, torch.rand(2, 1, 33, 40)
    monkeypatch.setattr("spexlab.model.strips.PIXELS", strip)
    image = torch.cat([stem.spectral(pixels, bands()), index, torch.ones_like(index)], dim=1)
    hidden = stem.detail1(image)
    normed = F.gelu(stem.detail_norm(hidden.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)
    whole = stem.modulation(hidden + stem.detail2(normed), torch.tensor([10.0, 30.0]))
    torch.testing.assert_close(stem.look(pixels, bands(), torch.tensor([10.0, 30.0]), index), whole, atol=1e-5, rtol=1e-4)


def test_nodata_pixels_do_not_spread_nan(pixels: Tensor) -> None:
    pixels[0, :, 3:9, 3:9] = float("nan")
    output = multispectral()(pixels, bands())
    assert all(level.isfinite().all() for level in (*output.feature_maps, output.detail))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "one wavelength a band"),
        ({"wavelengths": bands()[:, :3]}, "one wavelength a band"),
        ({"wavelengths": bands(), "indices": torch.zeros(2, 3, 33, 40)}, "index_channels"),
        ({"wavelengths": bands(), "indices": torch.zeros(2, 1, 8, 8)}, "index_channels"),
    ],
)
def test_the_wavelength_stem_says_what_it_needs(pixels: Tensor, arguments: dict[str, Tensor], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        multispectral(index_channels=1)(pixels, **arguments)


def test_the_rgb_stem_says_how_many_channels_it_reads(pixels: Tensor) -> None:
    with pytest.raises(ValueError, match="3 channels, got 5"):
        tiny()(pixels)


def test_stages_must_have_depths_and_groups() -> None:
    with pytest.raises(ValueError, match="one entry a stage"):
        InternImageConfig(depths=[1, 1], groups=[1, 2, 4])


def test_a_wrong_stem_is_refused() -> None:
    with pytest.raises(Exception, match="stem"):
        InternImageConfig(stem="sar")


@pytest.mark.parametrize("options", [{}, {"stem": "wavelength", "index_channels": 2}, {"post_norm": False, "layer_scale": None}])
def test_saved_and_loaded_it_is_the_same(tmp_path: Path, options: dict[str, Any]) -> None:
    backbone = tiny(**options)
    backbone.save_pretrained(tmp_path)
    loaded = AutoModel.from_pretrained(tmp_path)
    assert isinstance(loaded, InternImageBackbone)
    assert loaded.config.to_dict() == AutoConfig.from_pretrained(tmp_path).to_dict()
    for name, value in backbone.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name


def test_stages_can_be_chosen() -> None:
    backbone = AutoBackbone.from_config(InternImageConfig(**TINY, out_features=["stem", "stage3"]))
    maps = backbone(torch.rand(1, 3, 32, 32)).feature_maps
    assert [level.shape[1] for level in maps] == backbone.channels == [16, 64]


def test_a_fresh_model_starts_as_released() -> None:
    layer = InternImageBackbone(InternImageConfig(**TINY)).stages[0].layers[0]
    assert not layer.dcn.offset.weight.any()
    assert not layer.dcn.mask.bias.any()
    assert torch.equal(layer.scale1, torch.ones(16))
    bound = (6 / 32) ** 0.5  # Xavier, 16 in and 16 out
    assert 0.8 * bound < layer.dcn.input_proj.weight.abs().max() <= bound


def test_missing_weights_are_initialised_on_load(tmp_path: Path) -> None:
    tiny().save_pretrained(tmp_path)
    loaded = InternImageBackbone.from_pretrained(tmp_path, stem="wavelength", ignore_mismatched_sizes=True)
    assert all(value.isfinite().all() for value in loaded.state_dict().values())
    assert loaded.stem.detail1.weight.std() > 0.01


def test_gradient_checkpointing_gives_the_same_gradients(pixels: Tensor) -> None:
    gradients = []
    for checkpointing in (False, True):
        backbone = multispectral().train()
        if checkpointing:
            backbone.activation_checkpointing_enable()
        backbone(pixels, bands()).feature_maps[-1].square().sum().backward()
        gradients.append({name: value.grad for name, value in backbone.named_parameters()})
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient)


def test_every_parameter_is_trained(pixels: Tensor) -> None:
    backbone = multispectral(index_channels=1)
    output = backbone(pixels, bands(), torch.tensor([10.0, float("nan")]), torch.zeros(2, 1, 33, 40))
    sum(level.square().sum() for level in output.feature_maps).backward()
    assert [name for name, value in backbone.named_parameters() if value.grad is None or not value.grad.any()] == []


def test_layers_without_operator_output_pass_their_input_on() -> None:
    config = InternImageConfig(**(TINY | {"layer_scale": 0.0}))
    features = torch.randn(2, 5, 6, 16)
    assert torch.equal(InternImageLayer(config, channels=16, groups=1)(features), features)


def test_drop_path_drops_whole_samples_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    drop = DropPath(0.25).train()
    dropped = drop(torch.ones(4000, 2, 3))
    torch.testing.assert_close(dropped.unique(), torch.tensor([0.0, 4 / 3]))
    assert (dropped.flatten(1).std(1) == 0).all()
    assert dropped.mean() == pytest.approx(1.0, abs=0.05)
    assert torch.equal(drop.eval()(dropped), dropped)
