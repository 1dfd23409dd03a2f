"""SPEX: image and words in, mask first, words after.

backbone -> fused scales -> image tokens -> language model -> condensed tokens -> SAM mask decoder -> full-resolution mask.
What differs from the authors' code, and why:

* One path to the mask: training, prompted inference and the paper's answer-then-mask order all end in
  :meth:`SpexForExtraction.segment`, which condenses the states of a marked span of tokens.
* The span may be mask tokens at the head of the answer, so the mask exists after prefill and the text follows it.
* The spectral index reaches the mask decoder itself, as SAM's dense prompt and as an anchor of the logits.
* Any set of bands, batches of any size, logits before threshold.
"""

import math
from copy import deepcopy
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModel, AutoModelForCausalLM, Cache, PreTrainedConfig, SamPromptEncoderConfig
from transformers import initialization as init
from transformers.models.sam.modeling_sam import SamMaskEmbedding

import spexlab.model.bridge  # noqa: F401 - makes transformers know the backbone
from spexlab.model.configuration import InternImageConfig, SpexConfig
from spexlab.model.heads import (
    FeatureAggregator,
    MaskDecoderOutput,
    MaskNeck,
    Projector,
    SpexMaskDecoder,
    TokenCondenser,
    mask_loss,
)
from spexlab.model.internimage import InternImageBackbone
from spexlab.model.landcover import LandCoverHead
from spexlab.model.outputs import SpexFeatures, SpexMasks, SpexOutput, SpexScores
from spexlab.model.pretrained import SpexPreTrainedModel
from spexlab.model.refiner import MaskRefiner
from spexlab.model.wordlabels import answer_span, next_word_loss


class SpexForExtraction(SpexPreTrainedModel):
    """Language-guided extraction of land cover from multispectral images."""

    config_class = SpexConfig
    base_model_prefix = ""
    main_input_name = "pixel_values"
    supports_gradient_checkpointing = True
    _supports_sdpa = True

    def __init__(self, config: SpexConfig) -> None:
        super().__init__(config)
        vision, words = cast("InternImageConfig", config.vision_config), cast("PreTrainedConfig", config.text_config)
        width, prompt_width, hidden = config.feature_channels, config.decoder_channels, words.hidden_size
        self.backbone: InternImageBackbone = AutoModel.from_config(vision)
        self.aggregator = FeatureAggregator(
            vision.hidden_sizes,
            width,
            dropout=config.feature_dropout,
            reference_level=config.reference_level,
        )
        self.neck = MaskNeck(width, prompt_width)
        self.projector = Projector(width, hidden)
        self.language_model = AutoModelForCausalLM.from_config(words)
        self.condenser = TokenCondenser(
            hidden, prompt_width, num_tokens=config.prompt_tokens, widths=tuple(config.condenser_widths)
        )
        self.mask_decoder = SpexMaskDecoder(
            prompt_width,
            mlp_channels=config.decoder_mlp,
            heads=config.decoder_heads,
            double_softmax=config.double_softmax,
        )
        self.prior_embedding = _prior_embedding(prompt_width) if config.dense_prior else None
        scored = 0 if config.land_cover_channels is None else len(config.targets)
        self.refiner = (
            MaskRefiner(vision.detail_channels, prompt_width // 8, prompt_width, config.refiner_channels, scored=scored)
            if config.refine
            else None
        )
        self.land_cover = _land_cover(config, vision)
        self.target_head = _target_head(config, hidden)
        self.image_newline = nn.Parameter(torch.randn(hidden) * 0.02) if config.image_newline else None
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        """Torch's own initialisation for SPEX's heads; backbone and language model bring theirs."""
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            init.kaiming_uniform_(module.weight, a=math.sqrt(5))
            if module.bias is not None:
                init.zeros_(module.bias)
        elif isinstance(module, MaskRefiner):
            module.init_anchor()
        elif isinstance(module, LandCoverHead):
            module.init_correction()
        else:
            super()._init_weights(module)

    def get_input_embeddings(self) -> nn.Module:
        """The language model's table of words, which a launcher that spreads weights over GPUs asks for, and so the next."""
        embeddings: nn.Module = self.language_model.get_input_embeddings()
        return embeddings

    def get_output_embeddings(self) -> nn.Module:
        """The language model's last layer, which may share the table's weights."""
        embeddings: nn.Module = self.language_model.get_output_embeddings()
        return embeddings

    def encode(
        self,
        pixel_values: Tensor,
        wavelengths: Tensor | None = None,
        pixel_size: Tensor | None = None,
        indices: Tensor | None = None,
    ) -> SpexFeatures:
        """Encode images once; every question about them starts from the result.

        Parameters
        ----------
        pixel_values
            Normalised reflectance, (B, C, H, W).
        wavelengths
            Centre wavelength of each band in nm, (B, C); 0 marks a padded band. Not used by the RGB stem.
        pixel_size
            Metres, (B,); NaN if unknown. Not used by the RGB stem.
        indices
            Spectral index maps, (B, K, H, W), NaN where they cannot be computed. Not used by the RGB stem.
        """
        levels = self.backbone(pixel_values, wavelengths=wavelengths, pixel_size=pixel_size, indices=indices)
        fused = self.aggregator(levels.feature_maps)  # (B, F, h, w)
        grid = self.config.image_grid
        cells = fused if grid is None else F.adaptive_avg_pool2d(fused, grid)
        height, width = pixel_values.shape[-2:]
        embedding, land_cover = self.neck(fused), None
        if self.land_cover is not None:
            measured = self.land_cover.evidence.measure(pixel_values, cast("Tensor", wavelengths), pixel_size)
            land_cover = self.land_cover(measured, embedding, levels.detail)
        return SpexFeatures(cells.flatten(2).transpose(1, 2), embedding, levels.detail, (height, width), land_cover)

    def read(self, features: SpexFeatures | None, input_ids: Tensor, attention_mask: Tensor | None = None, **kwargs: Any) -> Any:
        """Run the language model's body over words, with the image tokens in their places.

        Returns its output; ``last_hidden_state`` (B, L, d) is after the final norm.
        """
        embeds = self.embed(features, input_ids)
        return self.language_model.model(inputs_embeds=embeds, attention_mask=attention_mask, **kwargs)

    def embed(self, features: SpexFeatures | None, input_ids: Tensor) -> Tensor:
        """Token embeddings (B, L, d) in which every image token is replaced by a projected image feature, row-major."""
        embeds = self.language_model.get_input_embeddings()(input_ids)
        if features is None:
            return embeds
        image = self.projector(features.tokens)  # (B, N, d)
        if self.image_newline is not None:
            image = torch.cat([image, self.image_newline.expand(len(image), 1, -1)], dim=1)
        places = input_ids == self.config.image_token_id
        if not (places.sum(dim=1) == image.shape[1]).all():
            message = (
                f"each row needs exactly {image.shape[1]} image tokens (id {self.config.image_token_id}), one a cell; "
                f"the rows have {places.sum(dim=1).tolist()}. Build the ids with SpexProcessor for images of this size."
            )
            raise ValueError(message)
        return embeds.masked_scatter(places[..., None], image.to(embeds.dtype))

    def begin(self, features: SpexFeatures, input_ids: Tensor) -> Cache:
        """Read the words that questions about an image begin with, up to the image's last token: the state that they go on from.

        Parameters
        ----------
        features
            From :meth:`encode`, (1, ...).
        input_ids
            Words with image tokens, (1, L).
        """
        state: Cache = self.read(features, input_ids, use_cache=True).past_key_values
        return state

    def segment(
        self,
        features: SpexFeatures,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        *,
        span: Tensor | None = None,
        prior: Tensor | None = None,
        use_cache: bool = False,
        begun: Cache | None = None,
    ) -> SpexMasks:
        """The one path from words and image to the mask.

        Parameters
        ----------
        features
            From :meth:`encode`, (B, ...).
        input_ids, attention_mask
            Words with image tokens, (B, L).
        span
            Boolean (B, L): the tokens whose states are condensed. Default: the mask tokens.
        prior
            Signed distance of the target's index from its threshold, (B, 1, H, W), NaN where unknown.
        use_cache
            Keep the language model's cache, for words that continue this sequence.
        begun
            What :meth:`begin` returned for the first of the words, for one question without padding; it stays as it is.
        """
        span = self.mask_span(input_ids) if span is None else span
        if begun is None:
            read = self.read(features, input_ids, attention_mask, use_cache=use_cache)
        else:
            done = begun.get_seq_length()
            read = self.read(None, input_ids[:, done:], past_key_values=deepcopy(begun), use_cache=True)
            span = span[:, done:]
        prompts = self.condenser(read.last_hidden_state, span)
        logits = self.decode(features, prompts, prior)
        return SpexMasks(logits, prompts, read.last_hidden_state, read.past_key_values if use_cache else None)

    def mask_span(self, input_ids: Tensor) -> Tensor:
        """Where the mask tokens are, boolean (B, L)."""
        if self.config.condense != "mask_tokens":
            message = "a checkpoint with condense='answer' needs the span of the answer; pass span=answer_span(labels)."
            raise ValueError(message)
        return input_ids == self.config.mask_token_id

    def decode(self, features: SpexFeatures, prompts: Tensor, prior: Tensor | None = None) -> Tensor:
        """Mask logits (B, H, W) from condensed tokens (B, P, D)."""
        if self.prior_embedding is None:
            prior = None
        decoded = self.prompted(features, prompts, prior)
        if self.refiner is not None:
            refined: Tensor = self.refiner(
                decoded.logits, decoded.upscaled, features.detail, decoded.token, prompts, prior, features.land_cover
            )
            return refined[:, 0]
        return F.interpolate(decoded.logits, size=features.size, mode="bilinear", align_corners=False)[:, 0]

    def prompted(self, features: SpexFeatures, prompts: Tensor, prior: Tensor | None) -> MaskDecoderOutput:
        """What the mask decoder makes of condensed tokens (B, P, D), at its own resolution."""
        return self.mask_decoder(features.embedding, prompts, self._dense_prompt(features.embedding, prior))

    def _dense_prompt(self, embedding: Tensor, prior: Tensor | None) -> Tensor | None:
        """SAM's dense prompt from the index map; images without an index keep the learnt 'no mask' embedding."""
        if prior is None or self.prior_embedding is None:
            return None
        height, width = embedding.shape[-2:]
        known = prior.isfinite()
        filled = torch.where(known, prior, 0.0).float()  # a processor averages no half types
        soft = F.interpolate(filled, size=(4 * height, 4 * width), mode="bilinear", align_corners=False, antialias=True)
        dense = self.prior_embedding(soft.to(embedding.dtype))
        absent = ~known.flatten(1).any(dim=1)[:, None, None, None]
        return torch.where(absent, self.mask_decoder.no_prompt(embedding), dense)

    def interpret(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> SpexScores:
        """Score the targets and the limits of instructions.

        Parameters
        ----------
        input_ids, attention_mask
            Instructions in the chat template, padded on either side, (B, L).

        Returns
        -------
        SpexScores
            Logits (B, 2, T) and (B, L).
        """
        if self.target_head is None:
            message = "this checkpoint has no target scores (config.targets is empty); name the target yourself."
            raise ValueError(message)
        attention_mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        hidden = self.read(None, input_ids, attention_mask).last_hidden_state
        positions = torch.arange(input_ids.shape[1], device=input_ids.device)
        last = (positions * attention_mask).argmax(dim=1)
        scores: Tensor = self.target_head(hidden[torch.arange(len(hidden), device=hidden.device), last])
        targets = 2 * len(self.config.targets)
        return SpexScores(scores[:, :targets].unflatten(1, (2, -1)), scores[:, targets:])

    @torch.no_grad()
    def generate(
        self,
        features: SpexFeatures | None,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        *,
        past_key_values: Cache | None = None,
        **kwargs: Any,
    ) -> Tensor:
        """Write an answer; returns the new token ids only, (B, n).

        With `past_key_values` from :meth:`segment` (and `input_ids` of the whole sequence so far) only what is new is read.
        Keyword arguments go to transformers' ``generate`` (``max_new_tokens``, ``streamer``, ``stopping_criteria``, ...).
        """
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        kwargs.setdefault("do_sample", False)
        if past_key_values is not None:
            out = self.language_model.generate(
                input_ids=input_ids, attention_mask=attention_mask, past_key_values=past_key_values, **kwargs
            )
            return out[:, input_ids.shape[1] :]
        embeds = self.embed(features, input_ids)
        return self.language_model.generate(inputs_embeds=embeds, attention_mask=attention_mask, **kwargs)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        pixel_values: Tensor | None = None,
        wavelengths: Tensor | None = None,
        pixel_size: Tensor | None = None,
        indices: Tensor | None = None,
        prior: Tensor | None = None,
        labels: Tensor | None = None,
        span: Tensor | None = None,
        mask_labels: Tensor | None = None,
        mask_valid: Tensor | None = None,
        target_labels: Tensor | None = None,
        limit_labels: Tensor | None = None,
    ) -> SpexOutput:
        """Masks, words and target scores with their losses; what has no labels or no image has no part.

        Parameters
        ----------
        input_ids, attention_mask
            (B, L).
        pixel_values, wavelengths, pixel_size, indices, prior
            As in :meth:`encode` and :meth:`segment`. Without `pixel_values` the batch is text only.
        labels
            Word labels (B, L), -100 where there is no loss.
        span
            As in :meth:`segment`; default: the answer in `labels` (``condense="answer"``) or the mask tokens.
        mask_labels, mask_valid
            Mask in 0-1 and where it is known, (B, H, W).
        target_labels
            (B, 2, T) in 0-1: the batch is instructions, `input_ids` are read by :meth:`interpret`.
        limit_labels
            (B, L) in 0-1, beside `target_labels`.
        """
        output = SpexOutput()
        if target_labels is not None:
            output.target_logits, output.limit_logits = self.interpret(input_ids, attention_mask)
            output.target_loss = F.binary_cross_entropy_with_logits(output.target_logits, target_labels)
            if limit_labels is not None:
                output.limit_loss = F.binary_cross_entropy_with_logits(output.limit_logits, limit_labels)
        elif pixel_values is None:
            hidden = self.read(None, input_ids, attention_mask).last_hidden_state
        else:
            features = self.encode(pixel_values, wavelengths, pixel_size, indices)
            if span is None and self.config.condense == "answer" and labels is not None:
                span = answer_span(labels)
            masks = self.segment(features, input_ids, attention_mask, span=span, prior=prior)
            output.mask_logits, hidden = masks.logits, masks.hidden_states
            if mask_labels is not None:
                output.mask_loss = mask_loss(masks.logits, mask_labels, mask_valid)
        if labels is not None:
            output.logits, output.lm_loss = self.word_loss(hidden, labels)
        parts = (output.lm_loss, output.mask_loss, output.target_loss, output.limit_loss)
        losses = [loss for loss in parts if loss is not None]
        output.loss = torch.stack(losses).sum() if losses else None
        return output

    def word_loss(self, hidden_states: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Token logits (B, L, V) and their mean cross entropy over the labelled tokens, 0 if there are none."""
        logits = self.language_model.lm_head(hidden_states)
        return logits, next_word_loss(logits, labels)


def _target_head(config: SpexConfig, hidden: int) -> nn.Linear | None:
    return nn.Linear(hidden, 2 * len(config.targets) + len(config.limits)) if config.targets else None


def _land_cover(config: SpexConfig, vision: InternImageConfig) -> LandCoverHead | None:
    if config.land_cover_channels is None:
        return None
    return LandCoverHead(
        len(config.targets),
        embedding_channels=config.decoder_channels,
        detail_channels=vision.detail_channels,
        width=config.land_cover_channels,
        mean=cast("float", config.mean),
        std=cast("float", config.std),
    )


def _prior_embedding(width: int) -> SamMaskEmbedding:
    return SamMaskEmbedding(SamPromptEncoderConfig(hidden_size=width, mask_input_channels=16))


AutoModel.register(SpexConfig, SpexForExtraction)
