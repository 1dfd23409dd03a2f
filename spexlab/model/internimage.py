"""InternImage as a transformers backbone, for RGB images or for any set of bands.

The layers are those of the released SPEX checkpoint (InternImage, arXiv 2211.05778). The stem is either the released one
(three fixed channels) or conditioned on wavelength (`spexlab.model.stem`).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import AutoBackbone, AutoModel
from transformers import initialization as init
from transformers.backbone_utils import BackboneMixin
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_outputs import BackboneOutput

from spexlab.model.configuration import InternImageConfig
from spexlab.model.dcnv3 import DCNv3
from spexlab.model.pretrained import SpexPreTrainedModel
from spexlab.model.stem import PatchStem, WavelengthReader, WavelengthStem


@dataclass
class InternImageOutput(BackboneOutput):
    """Feature maps of the requested stages, (B, C, H / stride, W / stride) at strides 4, 8, 16, 32."""

    detail: Tensor | None = None
    """(B, detail_channels, H, W) full-resolution features of the wavelength stem; None with the rgb stem."""


class DropPath(nn.Module):
    """Stochastic depth: a residual branch is dropped for whole samples in training (arXiv 1603.09382)."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, branch: Tensor) -> Tensor:
        """Drop the branch of some samples and rescale the others: (B, ...) -> (B, ...)."""
        if not self.training or self.rate == 0.0:
            return branch
        keep = 1.0 - self.rate
        shape = (branch.shape[0],) + (1,) * (branch.ndim - 1)
        return branch * branch.new_empty(shape).bernoulli_(keep) / keep


class InternImageMLP(nn.Module):
    """Two Linear layers with GELU between: (..., C) -> (..., C)."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, hidden)
        self.fc2 = nn.Linear(hidden, channels)

    def forward(self, features: Tensor) -> Tensor:
        """Apply the MLP."""
        return self.fc2(nn.functional.gelu(self.fc1(features)))


class InternImageLayer(GradientCheckpointingLayer):
    """A DCNv3 branch and an MLP branch, each residual: (B, H, W, C) -> (B, H, W, C)."""

    def __init__(self, config: InternImageConfig, *, channels: int, groups: int, drop_path: float = 0.0) -> None:
        super().__init__()
        self.post_norm = config.post_norm
        self.norm1 = nn.LayerNorm(channels, eps=config.layer_norm_eps)
        self.dcn = DCNv3(channels, groups, offset_scale=config.offset_scale)
        self.norm2 = nn.LayerNorm(channels, eps=config.layer_norm_eps)
        self.mlp = InternImageMLP(channels, int(channels * config.mlp_ratio))
        self.drop_path = DropPath(drop_path)
        self.scale1 = self.scale2 = None
        if config.layer_scale is not None:
            self.scale1 = nn.Parameter(torch.full((channels,), config.layer_scale))
            self.scale2 = nn.Parameter(torch.full((channels,), config.layer_scale))

    def forward(self, features: Tensor) -> Tensor:
        """Apply both branches."""
        features = features + self._branch(features, self.dcn, norm=self.norm1, scale=self.scale1)
        return features + self._branch(features, self.mlp, norm=self.norm2, scale=self.scale2)

    def _branch(self, features: Tensor, operator: nn.Module, *, norm: nn.Module, scale: Tensor | None) -> Tensor:
        branch = norm(operator(features)) if self.post_norm else operator(norm(features))
        return self.drop_path(branch if scale is None else branch * scale)


class InternImageStage(nn.Module):
    """Layers of one resolution, after halving the map (all stages but the first).

    (B, H, W, C / 2) -> (B, ceil(H / 2), ceil(W / 2), C), channels last.
    """

    def __init__(self, config: InternImageConfig, stage: int) -> None:
        super().__init__()
        channels, eps = config.hidden_sizes[stage], config.layer_norm_eps
        depths, groups = config.depths or [], config.groups or []
        self.downsample: nn.Conv2d | None = None
        if stage > 0:
            self.downsample = nn.Conv2d(channels // 2, channels, 3, stride=2, padding=1, bias=False)
            self.downsample_norm = nn.LayerNorm(channels, eps=eps)
        rates = torch.linspace(0, config.drop_path_rate, sum(depths), device="cpu").tolist()
        first = sum(depths[:stage])
        self.layers = nn.ModuleList(
            InternImageLayer(config, channels=channels, groups=groups[stage], drop_path=rate)
            for rate in rates[first : first + depths[stage]]
        )
        # With post_norm every branch is normalised already; the released code then has no trailing norm.
        self.norm = None if config.post_norm else nn.LayerNorm(channels, eps=eps)

    def forward(self, features: Tensor) -> Tensor:
        """Halve the map where the stage does, then apply the layers."""
        if self.downsample is not None:
            features = self.downsample(features.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
            features = self.downsample_norm(features)
        for layer in self.layers:
            features = layer(features)
        return features if self.norm is None else self.norm(features)


class InternImagePreTrainedModel(SpexPreTrainedModel):
    """Initialisation as released: zero offsets and masks, Xavier projections in DCNv3, torch's own for convolutions."""

    config: InternImageConfig
    config_class = InternImageConfig
    base_model_prefix = "backbone"
    main_input_name = "pixel_values"
    input_modalities = "image"
    supports_gradient_checkpointing = True
    _no_split_modules = ["InternImageLayer"]  # noqa: RUF012 - transformers declares it as an instance's

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        # Called children first, so a parent below corrects what its Linear layers got.
        if isinstance(module, nn.Conv2d):
            _init_convolution(module)
        elif isinstance(module, nn.Linear):
            init.trunc_normal_(module.weight, std=self.config.initializer_range)
            if module.bias is not None:
                init.zeros_(module.bias)
        elif isinstance(module, DCNv3):
            _init_operator(module)
        elif isinstance(module, InternImageLayer):
            for scale in (module.scale1, module.scale2):
                if scale is not None and self.config.layer_scale is not None:
                    init.constant_(scale, self.config.layer_scale)
        elif isinstance(module, WavelengthReader):
            module.init_conditioning()
        else:
            super()._init_weights(module)


def _init_operator(module: DCNv3) -> None:
    """Start as an average over a fixed grid: offsets and masks are zero whatever the input."""
    for points in (module.offset, module.mask):
        init.zeros_(points.weight)
    for projection in (module.input_proj, module.output_proj):
        init.xavier_uniform_(projection.weight)


def _init_convolution(module: nn.Conv2d) -> None:
    """Do what torch's own ``reset_parameters`` does, sparing what a checkpoint has already filled."""
    init.kaiming_uniform_(module.weight, a=math.sqrt(5))
    if module.bias is not None:
        bound = 1 / math.sqrt(module.weight[0].numel())
        init.uniform_(module.bias, -bound, bound)


class InternImageBackbone(BackboneMixin, InternImagePreTrainedModel):
    """Four stages at strides 4, 8, 16 and 32, and full-resolution detail from the wavelength stem."""

    has_attentions = False

    def __init__(self, config: InternImageConfig) -> None:
        super().__init__(config)
        self.num_features = [config.embed_dim, *config.hidden_sizes]
        self.stem = PatchStem(config.in_channels, config) if config.stem == "rgb" else WavelengthStem(config)
        self.stages = nn.ModuleList(InternImageStage(config, stage) for stage in range(len(config.hidden_sizes)))
        self.post_init()

    def forward(  # type: ignore[override]
        self,
        pixel_values: Tensor,
        wavelengths: Tensor | None = None,
        pixel_size: Tensor | None = None,
        indices: Tensor | None = None,
    ) -> InternImageOutput:
        """Encode images of any height and width.

        Parameters
        ----------
        pixel_values
            (B, C, H, W) normalised; NaN counts as 0 in the wavelength stem.
        wavelengths
            (B, C) centre wavelengths in nm, 0 for a padded band. This and what follows is read by the wavelength stem only.
        pixel_size
            (B,) metres; NaN or not positive where unknown. Without it, all are unknown.
        indices
            (B, index_channels, H, W) spectral indices, NaN where they cannot be computed.

        Returns
        -------
        InternImageOutput
            Feature maps, channels first, of the stages in ``config.out_features``, and ``detail``.
        """
        tokens, detail = self.stem(pixel_values, wavelengths, pixel_size, indices)
        maps = {"stem": tokens}
        for name, stage in zip(self.stage_names[1:], self.stages, strict=True):
            tokens = maps[name] = stage(tokens)
        wanted = tuple(maps[name].permute(0, 3, 1, 2) for name in self.stage_names if name in self.out_features)
        return InternImageOutput(feature_maps=wanted, detail=detail)


AutoModel.register(InternImageConfig, InternImageBackbone, exist_ok=True)
AutoBackbone.register(InternImageConfig, InternImageBackbone, exist_ok=True)
