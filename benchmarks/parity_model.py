"""The whole model against golden tensors: training forward and backward, and generation; used by parity.py."""

from typing import Any

import torch
from golden import Golden, load, relative_difference, released_mask
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModel

from spexlab.model.configuration import SpexConfig
from spexlab.model.convert import convert_state, released_config, rename
from spexlab.model.spex import SpexForExtraction
from spexlab.model.wordlabels import IGNORE, answer_span

IMAGE = -200
"""The authors' placeholder for a whole image in the ids."""
HEADS = 4
"""Heads of the tiny golden mask decoder, which its weights do not tell; golden.json may name others (decoder_heads)."""


def check_model(golden: Golden) -> dict[str, float]:
    """Both ways to splice an image into the words, with their gradients, and the authors' generation."""
    found = {}
    for merge in ("flat", "spatial_unpad"):
        if f"{merge}.out.last_hidden" in golden:
            found |= _check_training(golden, merge)
    if "gen.in.input_ids" in golden:
        found |= _check_generation(golden)
    return found


def _check_training(golden: Golden, merge: str) -> dict[str, float]:
    model = _model(golden, newline=merge == "spatial_unpad")
    images, target = golden["in.images"], golden["in.gt"]
    rows = zip(golden["in.input_ids"], golden["in.labels"], golden["in.attention_mask"].bool(), strict=True)
    spliced = [_splice(ids[keep], labels[keep], model=model, images=images) for ids, labels, keep in rows]
    parts = zip(zip(*spliced, strict=True), (0, IGNORE, 0), strict=True)
    ids, labels, mask = (pad_sequence(list(part), batch_first=True, padding_value=fill) for part, fill in parts)
    output = model(pixel_values=images, input_ids=ids, attention_mask=mask, labels=labels, mask_labels=target)
    output.loss.backward()
    ours = {
        "new_attention_mask": mask.to(torch.int64),
        "new_labels": labels,
        "logits": output.logits,
        "loss_lm": output.lm_loss,
        "loss_total": output.loss,
    } | _inside(model, images, ids=ids, mask=mask, labels=labels)
    words = mask.bool()
    found = {}
    for key, value in ours.items():
        theirs = golden[f"{merge}.out.{key}"]
        if key in ("inputs_embeds", "last_hidden", "logits"):  # what stands at padding is nobody's business
            found[f"{merge}.out.{key}"] = relative_difference(value[words], theirs[words])
        else:
            found[f"{merge}.out.{key}"] = relative_difference(value, theirs)
    parameters = dict(model.named_parameters())
    for key, theirs in golden.under(f"{merge}.grad.").items():
        found[f"{merge}.grad.{key}"] = relative_difference(parameters[str(rename(key))].grad, theirs)
    return found


@torch.no_grad()
def _inside(model: SpexForExtraction, images: Tensor, *, ids: Tensor, mask: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """What the model computes on its way to the loss."""
    features = model.encode(images)
    masks = model.segment(features, ids, mask, span=answer_span(labels))
    return {
        "image_tokens": model.projector(features.tokens),
        "inputs_embeds": model.embed(features, ids),
        "last_hidden": masks.hidden_states,
        "sparse": masks.prompts.unsqueeze(1),
        "mask_logits_lowres": model.mask_decoder(features.embedding, masks.prompts).logits.unsqueeze(1),
    }


@torch.no_grad()
def _check_generation(golden: Golden) -> dict[str, float]:
    """Greedy words, then the mask from the states at all but the last of them."""
    model = _model(golden, newline=False)
    question = golden["gen.in.input_ids"]
    images = golden["in.images"][: len(question)]
    features = model.encode(images)
    ids = torch.stack([_splice(row, row, model=model, images=images)[0] for row in question])
    theirs = golden["gen.out.sequence"]
    words = model.generate(features, ids, max_new_tokens=theirs.shape[1], eos_token_id=None, pad_token_id=0)
    answered = torch.cat([ids, theirs[:, :-1]], dim=1)
    span = torch.arange(answered.shape[1]).expand(len(ids), -1) >= ids.shape[1]
    masks = model.segment(features, answered, span=span)
    coarse = model.mask_decoder(features.embedding, masks.prompts).logits
    ours = {
        "sequence": words,
        "condenser_input": masks.hidden_states[:, ids.shape[1] :],
        "sparse": masks.prompts.unsqueeze(1),
        "mask_logits_lowres": coarse.unsqueeze(1),
        "sam_pred": released_mask(coarse, images.shape[-2:]),
    }
    return {f"gen.out.{key}": relative_difference(value, golden[f"gen.out.{key}"]) for key, value in ours.items()}


def _model(golden: Golden, *, newline: bool) -> SpexForExtraction:
    weights = convert_state(golden.under("sd."))
    if not newline:
        weights.pop("image_newline", None)
    config = _config(golden, weights)
    model = AutoModel.from_config(config, attn_implementation=golden.config.get("attention", "eager"))
    if config.text_config.tie_word_embeddings:
        weights["language_model.lm_head.weight"] = weights["language_model.model.embed_tokens.weight"]
    load(model, weights, golden=golden)
    return model


def _config(golden: Golden, weights: dict[str, Tensor]) -> SpexConfig:
    llm: dict[str, Any] = golden.config["llm"]
    text = {
        "vocab_size": llm["vocab"],
        "hidden_size": llm["hidden"],
        "intermediate_size": llm["intermediate"],
        "num_hidden_layers": llm["layers"],
        "num_attention_heads": llm["heads"],
        "num_key_value_heads": llm["kv_heads"],
        "rope_theta": llm["rope_theta"],
        "rms_norm_eps": llm["rms_eps"],
        "tie_word_embeddings": llm["tie"],
    }
    ids = torch.cat([golden[key].flatten() for key in ("in.input_ids", "gen.in.input_ids", "gen.out.sequence") if key in golden])
    unused = next(token for token in range(llm["vocab"]) if not (ids == token).any())
    config = released_config(
        weights, text, image_token_id=unused, decoder_heads=golden.config.get("decoder_heads", HEADS), feature_dropout=0.0
    )
    config.vision_config.offset_scale = golden.config["vision"]["offset_scale"]
    return config


def _splice(ids: Tensor, labels: Tensor, *, model: SpexForExtraction, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Give every image placeholder as many image tokens as the model makes of an image; ids, labels and attention mask."""
    stride = 4 * 2**model.config.reference_level
    count = (images.shape[-2] // stride) * (images.shape[-1] // stride) + int(model.config.image_newline)
    repeats = torch.where(ids == IMAGE, count, 1)
    image = (ids == IMAGE).repeat_interleave(repeats)
    ids = ids.repeat_interleave(repeats).masked_fill(image, model.config.image_token_id)
    labels = labels.repeat_interleave(repeats).masked_fill(image, IGNORE)
    return ids, labels, torch.ones_like(ids)
