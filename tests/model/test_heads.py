import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import SamMaskDecoderConfig
from transformers.models.sam.modeling_sam import SamMaskDecoder, SamPositionalEmbedding

from spexlab.model.heads import (
    FeatureAggregator,
    MaskNeck,
    Projector,
    SpexMaskDecoder,
    TokenCondenser,
    bce_loss,
    dice_loss,
    mask_loss,
)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def levels(channels: tuple[int, ...] = (4, 8, 16, 32), side: int = 16) -> list[Tensor]:
    return [torch.randn(2, width, side // 2**level, side // 2**level) for level, width in enumerate(channels)]


@pytest.mark.parametrize(("reference", "order"), [(2, [2, 0, 1, 3]), (1, [1, 0, 2, 3]), (0, [0, 1, 2, 3])])
def test_aggregator_puts_the_reference_level_first_and_keeps_its_grid(reference: int, order: list[int]) -> None:
    aggregator = FeatureAggregator([4, 8, 16, 32], 32, reference_level=reference)
    assert aggregator.order == order
    assert aggregator(levels()).shape == (2, 32, 16 // 2**reference, 16 // 2**reference)


def test_aggregator_resizes_with_aligned_corners() -> None:
    aggregator = FeatureAggregator([1, 1, 1, 1], 1, groups=1, dropout=0.0)
    seen = []
    aggregator.projection.register_forward_hook(lambda _module, inputs, _output: seen.append(inputs[0]))
    maps = levels((1, 1, 1, 1))
    aggregator(maps)
    assert torch.equal(seen[0][:, 0], maps[2][:, 0])
    for channel, level in ((1, 0), (2, 1), (3, 3)):
        step = maps[level].shape[-1] - 1  # from corner to corner
        torch.testing.assert_close(seen[0][:, channel, ::3, ::3], maps[level][:, 0, ::step, ::step])


def test_neck_output_is_normalised_over_channels() -> None:
    output = MaskNeck(6, 8)(torch.randn(2, 6, 5, 7))
    assert output.shape == (2, 8, 5, 7)
    torch.testing.assert_close(output.mean(1), torch.zeros(2, 5, 7), atol=1e-5, rtol=0)


def test_projector_maps_the_last_dimension() -> None:
    projector, tokens = Projector(6, 10), torch.randn(2, 7, 6)
    assert projector(tokens).shape == (2, 7, 10)
    torch.testing.assert_close(projector(tokens)[1, 3], projector(tokens[1, 3]))


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 7, 8, 50])
def test_pooling_is_adaptive_average_pooling_of_the_span(length: int) -> None:
    states = torch.randn(2, 60, 6)
    span = torch.zeros(2, 60, dtype=torch.bool)
    span[0, 4 : 4 + length] = True
    span[1, 1:8] = True  # another length in the same batch
    pooled = TokenCondenser(6, 2).pool(states, span)
    reference = nn.AdaptiveAvgPool1d(4)
    for row in range(2):
        torch.testing.assert_close(pooled[row], reference(states[row, span[row]].T).T)


def test_four_mask_tokens_are_kept_as_they_are() -> None:
    states, span = torch.randn(1, 9, 6), torch.zeros(1, 9, dtype=torch.bool)
    span[0, 5:] = True
    torch.testing.assert_close(TokenCondenser(6, 2).pool(states, span), states[:, 5:])


def test_condenser_ignores_what_is_outside_the_span() -> None:
    condenser, states = TokenCondenser(6, 3, widths=(8, 5)), torch.randn(1, 9, 6)
    span = torch.zeros(1, 9, dtype=torch.bool)
    span[0, 2:7] = True
    assert [layer.out_features for layer in condenser.layers] == [8, 5, 3]
    torch.testing.assert_close(condenser(states, span), condenser(states.masked_fill(~span[..., None], 1e6), span))


def test_an_empty_span_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one True"):
        TokenCondenser(6, 2)(torch.randn(2, 5, 6), torch.tensor([[True] * 5, [False] * 5]))


def decoder(*, double_softmax: bool = False) -> SpexMaskDecoder:
    return SpexMaskDecoder(32, mlp_channels=16, heads=4, double_softmax=double_softmax).eval()


def test_decoder_is_sams_for_its_first_mask() -> None:
    ours = decoder()
    config = SamMaskDecoderConfig(hidden_size=32, mlp_dim=16, num_attention_heads=4, iou_head_hidden_dim=32)
    config._attn_implementation = "eager"
    sam = SamMaskDecoder(config).eval()
    sam.load_state_dict({key: value for key, value in ours.state_dict().items() if key in sam.state_dict()})
    image, prompts = torch.randn(2, 32, 5, 7), torch.randn(2, 4, 32)
    dense = ours.no_mask_embed.weight[:, :, None, None].expand_as(image)
    masks, iou = sam(image, ours.position(5, 7).expand_as(image), prompts.unsqueeze(1), dense, multimask_output=False)
    output = ours(image, prompts)
    torch.testing.assert_close(output.logits, masks[:, 0])
    torch.testing.assert_close(output.iou, iou[:, 0, 0])
    assert output.logits.shape == (2, 1, 20, 28)
    assert output.upscaled.shape == (2, 4, 20, 28)
    assert output.token.shape == (2, 32)


def test_position_is_sams_code_of_cell_centres() -> None:
    ours = decoder()
    sam = SamPositionalEmbedding(type("Config", (), {"scale": 1.0, "num_pos_feats": 16}))
    sam.positional_embedding.data = ours.positional_embedding
    x, y = (torch.arange(7) + 0.5) / 7, (torch.arange(5) + 0.5) / 5
    points = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
    torch.testing.assert_close(ours.position(5, 7)[0], sam(points[None])[0].permute(2, 0, 1))


def test_a_batch_of_masks_is_its_masks() -> None:
    ours, image, prompts = decoder(), torch.randn(3, 32, 4, 6), torch.randn(3, 4, 32)
    together = ours(image, prompts).logits
    for row in range(3):
        torch.testing.assert_close(
            together[row], ours(image[row : row + 1], prompts[row : row + 1]).logits[0], atol=1e-5, rtol=1e-4
        )


def test_a_dense_prompt_changes_the_mask_and_its_absence_is_the_learnt_one() -> None:
    ours, image, prompts = decoder(), torch.randn(1, 32, 4, 4), torch.randn(1, 4, 32)
    plain = ours(image, prompts).logits
    torch.testing.assert_close(ours(image, prompts, ours.no_prompt(image).expand_as(image)).logits, plain)
    assert not torch.allclose(ours(image, prompts, torch.randn_like(image)).logits, plain)


def test_double_softmax_is_nearly_uniform_attention() -> None:
    single, double = decoder(), decoder(double_softmax=True)
    double.load_state_dict(single.state_dict())
    image, prompts = 10 * torch.randn(1, 32, 4, 4), torch.randn(1, 4, 32)
    assert not torch.allclose(single(image, prompts).logits, double(image, prompts).logits)
    attention = double.transformer.layers[0].cross_attn_token_to_image
    tokens = image.flatten(2).transpose(1, 2).unsqueeze(1)
    weights = attention(tokens, tokens, tokens)[1]
    assert weights.max() <= torch.e / (15 + torch.e) + 1e-6
    assert weights.min() >= 1 / (15 + torch.e) - 1e-6


def test_the_position_code_is_saved_but_not_trained() -> None:
    ours = decoder()
    assert "positional_embedding" in ours.state_dict()
    assert "positional_embedding" not in dict(ours.named_parameters())


def test_losses_of_a_hand_worked_mask() -> None:
    logits = torch.zeros(1, 2, 2)  # probability 0.5 everywhere
    target = torch.tensor([[[1, 0], [0, 0]]])
    torch.testing.assert_close(bce_loss(logits, target), torch.log(torch.tensor(2.0)))
    dice = 1 - 2 * 0.5 / (4 * 0.25 + 1e-3 + 1 + 1e-3)
    torch.testing.assert_close(dice_loss(logits, target), torch.tensor(dice))
    torch.testing.assert_close(mask_loss(logits, target), 2 * torch.log(torch.tensor(2.0)) + dice)


def test_a_valid_mask_of_ones_changes_nothing() -> None:
    logits, target = torch.randn(3, 5, 4), torch.rand(3, 5, 4) > 0.5
    torch.testing.assert_close(mask_loss(logits, target, torch.ones_like(target)), mask_loss(logits, target))


def test_what_is_not_valid_has_no_part_in_the_loss() -> None:
    logits, target, valid = (
        torch.randn(2, 6, 6, requires_grad=True),
        torch.rand(2, 6, 6) > 0.5,
        torch.zeros(2, 6, 6, dtype=torch.bool),
    )
    valid[:, :3] = True
    loss = mask_loss(logits, target, valid)
    torch.testing.assert_close(loss, mask_loss(logits[:, :3], target[:, :3]))
    loss.backward()
    assert not logits.grad[:, 3:].any()


def test_a_sample_without_valid_pixels_counts_for_nothing() -> None:
    logits, target, valid = torch.randn(2, 4, 4), torch.rand(2, 4, 4) > 0.5, torch.ones(2, 4, 4, dtype=torch.bool)
    valid[1] = False
    torch.testing.assert_close(mask_loss(logits, target, valid), mask_loss(logits[:1], target[:1]))
    assert mask_loss(logits, target, torch.zeros_like(valid)) == 0.0


def test_loss_falls_towards_the_right_mask() -> None:
    target = F.pad(torch.ones(1, 4, 4), (2, 2, 2, 2))
    right, wrong = (2 * target - 1) * 8, (1 - 2 * target) * 8
    assert mask_loss(right, target) < 0.01
    assert mask_loss(wrong, target) > 2
