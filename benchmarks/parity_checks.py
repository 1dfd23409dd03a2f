"""What is compared in each kind of golden file; used by parity.py.

Every check returns the relative difference of each compared tensor, by the tensor's name.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from golden import Golden, GoldenError, load, relative_difference, released_mask
from parity_model import check_model
from torch import Tensor

from spexlab.model.configuration import InternImageConfig
from spexlab.model.convert import convert_state, rename_layer
from spexlab.model.dcnv3 import DCNv3, dcnv3
from spexlab.model.heads import FeatureAggregator, MaskNeck, SpexMaskDecoder, TokenCondenser, bce_loss, dice_loss
from spexlab.model.internimage import InternImageBackbone, InternImageLayer

KINK = 1e-3
"""Pixels: closer than this to a pixel centre, rounding decides on which side of the bilinear kink a sample falls."""
VISION = "model.vision_tower.vision_tower.vision_model."
TOWER = "model.vision_tower."


def check(golden: Golden) -> dict[str, float]:
    """Compare one file by the check that its name asks for."""
    for start, compare in CHECKS.items():
        if golden.name.startswith(start):
            return compare(golden)
    message = f"{golden.name} is of no known kind; known are {', '.join(CHECKS)}."
    raise GoldenError(message)


def check_operator(golden: Golden) -> dict[str, float]:
    """The DCNv3 operator: result, gradients, and the result in float64 against an exact evaluation."""
    found = {}
    for case in golden.setting("cases"):
        name = case["name"]
        options = {
            "groups": case["group"],
            "offset_scale": case["offset_scale"],
            "kernel_size": case["kernel"],
            "stride": case["stride"],
            "padding": case["pad"],
            "dilation": case["dilation"],
        }
        inputs = [golden[f"{name}.in.{key}"].clone().requires_grad_() for key in ("input", "offset", "mask")]
        output = dcnv3(*inputs, **options)
        output.backward(golden[f"{name}.in.grad_output"])
        exact = dcnv3(*(value.detach().double() for value in inputs), **options)
        smooth = _away_from_kinks(inputs[1].detach(), case)
        ours = {
            "output": output,
            "exact_f64": exact,
            "grad_input": inputs[0].grad,
            "grad_offset": inputs[1].grad * smooth,
            "grad_mask": inputs[2].grad,
        }
        for key, value in ours.items():
            full = f"{name}.out.{key}"
            theirs = golden[full] * smooth if key == "grad_offset" else golden[full]
            found[full] = relative_difference(value, theirs)
    return found


def _away_from_kinks(offset: Tensor, case: dict[str, float]) -> Tensor:
    """1 for offsets whose sample lies clear of pixel centres in x and y, like ``offset``; else 0, as in golden.json's note."""
    pairs = offset.double().unflatten(-1, (case["group"], case["kernel"] ** 2, 2))
    steps = torch.arange(case["kernel"], dtype=torch.float64) * case["dilation"] - case["dilation"] * (case["kernel"] - 1) // 2
    base = torch.stack([steps.repeat_interleave(case["kernel"]), steps.repeat(case["kernel"])], dim=-1)
    position = case["offset_scale"] * (base + pairs)  # relative to the centre, which is a whole number
    clear = ((position - position.round()).abs() > KINK).all(dim=-1, keepdim=True)
    return clear.expand_as(pairs).flatten(-3).to(offset.dtype)


def check_operator_module(golden: Golden) -> dict[str, float]:
    """The DCNv3 layer around the operator."""
    config = golden.config
    module = DCNv3(config["channels"], config["group"], offset_scale=config["offset_scale"], kernel_size=config["kernel_size"])
    load(module, {rename_layer(key): value for key, value in golden.under("sd.").items()}, golden=golden)
    return {
        f"{case}.out.y": relative_difference(module(golden[f"{case}.in.x"]), golden[f"{case}.out.y"]) for case in golden.cases()
    }


def check_layer(golden: Golden) -> dict[str, float]:
    """One InternImage layer, forward and backward."""
    config = golden.config
    names = ("mlp_ratio", "offset_scale", "post_norm", "layer_scale")
    layer = InternImageLayer(
        InternImageConfig(**{name: config[name] for name in names}), channels=config["channels"], groups=config["groups"]
    )
    load(layer, {rename_layer(key): value for key, value in golden.under("sd.").items()}, golden=golden)
    found = {}
    for case in golden.cases():
        features = golden[f"{case}.in.x"].clone().requires_grad_()
        output = layer(features)
        output.backward(golden[f"{case}.in.grad_y"])
        found[f"{case}.out.y"] = relative_difference(output, golden[f"{case}.out.y"])
        found[f"{case}.out.grad_x"] = relative_difference(features.grad, golden[f"{case}.out.grad_x"])
    return found


@torch.no_grad()
def check_backbone(golden: Golden) -> dict[str, float]:
    """Backbone levels, aggregator and neck."""
    config = golden.config
    backbone = InternImageBackbone(
        InternImageConfig(
            embed_dim=config["channels"],
            **{name: config[name] for name in ("depths", "groups", "mlp_ratio", "layer_scale", "offset_scale", "post_norm")},
        )
    )
    aggregator = FeatureAggregator(backbone.channels, config["agg_out"], groups=config["group_norm_groups"])
    neck = MaskNeck(config["agg_out"], config["neck_out"])
    weights = convert_state({VISION + key: value for key, value in golden.under("sd.").items()})
    for name, module in {"backbone": backbone, "aggregator": aggregator, "neck": neck}.items():
        load(module, _below(weights, f"{name}."), golden=golden)
    found = {}
    for case in golden.cases():
        levels = backbone(golden[f"{case}.in.pixel_values"]).feature_maps
        fused = aggregator(levels)
        ours = {f"level{index}": level for index, level in enumerate(levels)}
        ours |= {"feat_agg": fused, "llm_tokens": fused.flatten(2).transpose(1, 2), "sam_feat": neck(fused)}
        for key, value in ours.items():
            found[f"{case}.out.{key}"] = relative_difference(value, golden[f"{case}.out.{key}"])
    return found


@torch.no_grad()
def check_condenser(golden: Golden) -> dict[str, float]:
    """The token condenser, for single spans and for spans of several lengths in one batch."""
    config = golden.config
    widths = config["mlp"][1:-1]
    condenser = TokenCondenser(config["input_channels"], config["out_channels"], num_tokens=config["num_seq"], widths=widths)
    weights = convert_state({f"{TOWER}lan_neck.{key}": value for key, value in golden.under("sd.").items()})
    load(condenser, _below(weights, "condenser."), golden=golden)
    found = {}
    for case in golden.cases("out"):
        lengths = case.removeprefix("batch_").split("_") if case.startswith("batch_") else [case.removeprefix("len")]
        states, span = pad_states([golden[f"len{length}.in.x"] for length in lengths])
        found[f"{case}.out.y"] = relative_difference(condenser(states, span), golden[f"{case}.out.y"])
        if f"{case}.out.pooled" in golden:
            found[f"{case}.out.pooled"] = relative_difference(condenser.pool(states, span), golden[f"{case}.out.pooled"])
    return found


def pad_states(spans: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Spans (L_i, D) in one batch (B, L, D), shifted and surrounded by states that must not count, with their places."""
    longest = max(len(span) for span in spans) + 2
    states = torch.full((len(spans), longest, spans[0].shape[1]), 1e3)
    places = torch.zeros(len(spans), longest, dtype=torch.bool)
    for row, span in enumerate(spans):
        states[row, 1 : 1 + len(span)] = span
        places[row, 1 : 1 + len(span)] = True
    return states, places


@torch.no_grad()
def check_mask_decoder(golden: Golden) -> dict[str, float]:
    """Condenser to mask: prompts, logits with the second softmax and without, losses, position code."""
    weights = convert_state({TOWER + key: value for key, value in golden.under("sd.").items()})
    condenser = TokenCondenser(golden.config["input"], golden.config["hidden"], widths=_condenser_widths(weights))
    load(condenser, _below(weights, "condenser."), golden=golden)
    decoders = [_decoder(golden, weights, double_softmax=double) for double in (True, False)]
    found = {}
    for case in golden.cases():
        if case == "loss":
            pair = golden["loss.in.pred"], golden["loss.in.gt"]
            found["loss.out.bce_mean"] = relative_difference(bce_loss(*pair), golden["loss.out.bce_mean"])
            found["loss.out.dice_avg_factor3"] = relative_difference(dice_loss(*pair), golden["loss.out.dice_avg_factor3"])
            continue
        spans = [golden[f"{case}.in.hidden{row}"] for row in range(len(golden[f"{case}.in.sam_feat"]))]
        ours = _decode_case(golden[f"{case}.in.sam_feat"], golden[f"{case}.in.gt"], condenser(*pad_states(spans)), decoders)
        found |= {f"{case}.{key}": relative_difference(ours[key], value) for key, value in _results(golden, case).items()}
    for case in golden.cases("out"):
        if case.startswith("pe"):
            theirs = golden[f"{case}.out.positional"]
            found[f"{case}.out.positional"] = relative_difference(decoders[0].position(*theirs.shape[-2:]), theirs)
    return found


def _results(golden: Golden, case: str) -> dict[str, Tensor]:
    return {key: value for key, value in golden.under(f"{case}.").items() if key.startswith(("out.", "alt."))}


def _decode_case(features: Tensor, target: Tensor, prompts: Tensor, decoders: list[SpexMaskDecoder]) -> dict[str, Tensor]:
    released, plain = (decoder(features, prompts) for decoder in decoders)
    enlarged = F.interpolate(released.logits, size=target.shape[-2:], mode="bilinear", align_corners=False)[:, 0]
    return {
        "out.sparse": prompts.unsqueeze(1),
        "out.mask_logits_lowres": released.logits.unsqueeze(1),
        "alt.mask_logits_lowres_single_softmax": plain.logits.unsqueeze(1),
        "out.iou": released.iou[:, None, None],
        "out.mask_ce_loss_weighted": 2 * bce_loss(enlarged, target),
        "out.mask_dice_loss_weighted": dice_loss(enlarged, target),
        "out.inference_sam_pred": released_mask(released.logits, target.shape[-2:]),
    }


def _decoder(golden: Golden, weights: dict[str, Tensor], *, double_softmax: bool) -> SpexMaskDecoder:
    config = golden.config
    decoder = SpexMaskDecoder(
        config["hidden"], mlp_channels=config["mlp_dim"], heads=config["heads"], double_softmax=double_softmax
    )
    load(decoder, _below(weights, "mask_decoder."), golden=golden)
    return decoder


def _condenser_widths(weights: dict[str, Tensor]) -> list[int]:
    return [weights[f"condenser.layers.{layer}.weight"].shape[0] for layer in (0, 1)]


def _below(weights: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in weights.items() if key.startswith(prefix)}


CHECKS: dict[str, Callable[[Golden], dict[str, float]]] = {
    "dcnv3_op": check_operator,
    "dcnv3_module": check_operator_module,
    "internimage_layer": check_layer,
    "internimage": check_backbone,
    "token_condenser": check_condenser,
    "mask_decoder": check_mask_decoder,
    "e2e": check_model,
}
"""Start of a file's name -> its check; the first that fits counts."""
