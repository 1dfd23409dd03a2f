"""What a SPEX checkpoint is made of: its backbone, what it can extract and how its input was scaled."""

from typing import Any, ClassVar, Literal

from huggingface_hub.dataclasses import strict
from transformers import AutoConfig, PreTrainedConfig
from transformers.backbone_utils import BackboneConfigMixin
from transformers.configuration_utils import SubConfigSpec

_SMALLEST_WINDOW = 16


@strict
class InternImageConfig(BackboneConfigMixin, PreTrainedConfig):
    """Shape of an InternImage backbone; the defaults are the released SPEX's (InternImage-L)."""

    model_type: ClassVar[str] = "internimage"

    embed_dim: int = 160
    """Channels of the first stage; each later stage has twice as many."""
    depths: list[int] | None = None
    """Layers per stage (default 5, 5, 22, 5)."""
    groups: list[int] | None = None
    """DCNv3 groups per stage (default 10, 20, 40, 80: 16 channels each)."""
    mlp_ratio: float = 4.0
    """Hidden width of a layer's MLP over its channels."""
    drop_path_rate: float = 0.4
    """Stochastic depth of the last layer; it grows linearly from 0 at the first."""
    layer_scale: float | None = 1.0
    """Start value of the learnt factor on each residual branch; None leaves the factors out."""
    offset_scale: float = 2.0
    """Stretch of the sampling points of DCNv3."""
    post_norm: bool = True
    """Normalise after (True) or before (False) the operator of a branch."""
    layer_norm_eps: float = 1e-6
    """Epsilon of every LayerNorm."""
    stem: Literal["rgb", "wavelength"] = "rgb"
    """"rgb": a fixed number of channels; "wavelength": any bands, told apart by their centre wavelengths."""
    in_channels: int = 3
    """Channels of the rgb stem."""
    spectral_width: int = 24
    """Number of spectral basis channels that the bands are projected on (wavelength stem)."""
    detail_channels: int = 24
    """Width of the full-resolution features (wavelength stem)."""
    index_channels: int = 0
    """Number of spectral index maps that join the input (wavelength stem); 0 for none."""
    initializer_range: float = 0.02
    """Standard deviation of fresh Linear weights."""
    _out_features: list[str] | None = None
    _out_indices: list[int] | None = None

    def __post_init__(self, **kwargs: Any) -> None:
        self.depths = [5, 5, 22, 5] if self.depths is None else list(self.depths)
        self.groups = [10, 20, 40, 80] if self.groups is None else list(self.groups)
        if len(self.depths) != len(self.groups):
            msg = f"depths and groups must have one entry a stage, got {self.depths} and {self.groups}."
            raise ValueError(msg)
        self.stage_names = ["stem"] + [f"stage{index}" for index in range(1, len(self.depths) + 1)]
        features, indices = kwargs.pop("out_features", None), kwargs.pop("out_indices", None)
        if features is None and indices is None:
            indices = list(range(1, len(self.stage_names)))
        self.set_output_features_output_indices(out_features=features, out_indices=indices)
        super().__post_init__(**kwargs)

    @property
    def hidden_sizes(self) -> list[int]:
        """Channels of each stage."""
        return [self.embed_dim * 2**stage for stage in range(len(self.depths or []))]

    @property
    def gives_detail(self) -> bool:
        """Whether there are full-resolution features beside the stages'."""
        return self.stem == "wavelength"


@strict
class BridgedConfig(PreTrainedConfig):
    """A backbone of transformers for photographs, behind a stem that makes an image for it from any set of bands."""

    model_type: ClassVar[str] = "spex-bridge"
    sub_configs: ClassVar[dict[str, Any]] = {"backbone_config": AutoConfig}

    backbone_config: dict[str, Any] | PreTrainedConfig | None = None
    """Of a backbone that gives four maps, at strides 4, 8, 16 and 32: ConvNeXt, Swin, DINOv3's ConvNeXt and the like."""
    image_channels: int = 3
    """Channels of the image that the backbone reads."""
    spectral_width: int = 24
    """Number of spectral basis channels that the bands are projected on."""
    detail_channels: int = 24
    """Width of the full-resolution features."""
    index_channels: int = 0
    """Number of spectral index maps that join the input; 0 for none."""
    layer_norm_eps: float = 1e-6
    """Epsilon of the stem's LayerNorm."""

    def __post_init__(self, **kwargs: Any) -> None:
        if isinstance(self.backbone_config, dict):
            known = dict(self.backbone_config)
            self.backbone_config = AutoConfig.for_model(known.pop("model_type"), **known)
        super().__post_init__(**kwargs)

    @property
    def hidden_sizes(self) -> list[int]:
        """Channels of each map, from stride 4 to 32."""
        stages = dict(zip(self.backbone_config.stage_names, self._widths(), strict=True))  # type: ignore[union-attr]
        return [stages[name] for name in self.backbone_config.out_features]  # type: ignore[union-attr]

    @property
    def gives_detail(self) -> bool:
        """Whether there are full-resolution features beside the maps: always."""
        return True

    def _widths(self) -> list[int]:
        """Channels of the stem and of each stage."""
        config: Any = self.backbone_config
        # Swin and its kin say how wide the first stage is, ConvNeXt and its kin how wide each one.
        stages = getattr(config, "hidden_sizes", None) or [config.embed_dim * 2**stage for stage in range(len(config.depths))]
        return [stages[0], *stages]


@strict
class SpexConfig(PreTrainedConfig):
    """Configuration of :class:`~spexlab.model.spex.SpexForExtraction`; the defaults are those of the released model."""

    model_type = "spex"
    sub_configs_defaults = {  # noqa: RUF012 - transformers' own way to declare nested configurations
        "vision_config": SubConfigSpec(config_class=AutoConfig, model_type="internimage"),
        "text_config": SubConfigSpec(config_class=AutoConfig, model_type="qwen2"),
    }

    vision_config: dict[str, Any] | PreTrainedConfig | None = None
    """The backbone: InternImage, or another that is registered with transformers, has ``hidden_sizes``, ``gives_detail`` and
    ``detail_channels`` in its configuration, and is called as `InternImageBackbone` is."""
    text_config: dict[str, Any] | PreTrainedConfig | None = None
    """The Qwen2 language model."""
    feature_channels: int = 1024
    """Channels of the fused multi-scale features: the width of an image token before the projector."""
    feature_dropout: float = 0.5
    """Dropout after the fusion of scales, in training only."""
    reference_level: int = 2
    """Backbone level (0-3) on whose grid the scales meet: 2 is the paper's stride 16, 1 keeps twice the detail."""
    decoder_channels: int = 256
    """Width of the mask decoder and of its prompts."""
    decoder_mlp: int = 2048
    """Width of the MLPs in the mask decoder's two-way transformer."""
    decoder_heads: int = 8
    """Attention heads of the mask decoder."""
    condenser_widths: list[int] | tuple[int, ...] = (2048, 512)
    """Hidden widths of the MLP that condenses hidden states into prompts."""
    prompt_tokens: int = 4
    """Number of condensed tokens that prompt the mask decoder."""
    condense: Literal["mask_tokens", "answer"] = "answer"
    """States that are condensed: of the mask tokens at the head of the answer, or of the whole answer (the paper)."""
    image_grid: int | None = None
    """Side of the square grid to which image tokens are averaged before the language model; None keeps every cell."""
    image_newline: bool = False
    """Append one learnt vector after the image tokens, as the authors do in training (not at inference)."""
    dense_prior: bool = False
    """Give the soft index map to the mask decoder (SAM's dense prompt) and to the refiner."""
    refine: bool = False
    """Refine the mask at full resolution with the backbone's detail features; needs the wavelength stem."""
    refiner_channels: int = 32
    """Width of the refiner."""
    land_cover_channels: int | None = None
    """Width of the head that scores all targets straight from the pixels; None: there is none. Needs ``refine`` and ``targets``."""
    double_softmax: bool = False
    """Reproduce the second softmax in token-to-image attention that released weights were trained with."""
    targets: list[str] | tuple[str, ...] = ()
    """Names that the checkpoint can extract, in the order of its target scores; empty means no target scores."""
    limits: list[str] | tuple[str, ...] = ()
    """Limits of size and place that it understands, in the order of their scores; empty: it hears none."""
    calibration: dict[str, dict[str, dict[str, list[float]]]] | None = None
    """How mask logits become probabilities and where these are cut: for ``coarse`` and for ``fine`` pixels, for scenes with
    ``swir``, with ``nir`` only and with ``visible`` bands only, for each target scale, bias and threshold. None: 1, 0, 0.5."""
    indices: list[str] | tuple[str, ...] = ()
    """Spectral indices expected as input maps, in channel order."""
    mean: float | list[float] | tuple[float, ...] = 0.15
    """Mean reflectance that is subtracted from the input: one number, or one for each band of an RGB stem."""
    std: float | list[float] | tuple[float, ...] = 0.15
    """Spread of reflectance that the input is divided by."""
    window: int = 512
    """Side in pixels of the windows in which large scenes are read."""
    image_token_id: int | None = None
    """Token id of an image token."""
    mask_token_id: int | None = None
    """Token id of a mask token; needed by ``condense="mask_tokens"``."""
    tie_word_embeddings: bool = True
    """Whether the language model's output layer shares the embedding's weights."""

    def __post_init__(self, **kwargs: Any) -> None:
        super().__post_init__(**kwargs)
        spreads = self.std if isinstance(self.std, list | tuple) else [self.std]
        if self.window < _SMALLEST_WINDOW or not all(spread > 0 for spread in spreads):
            message = (
                f"window must be at least {_SMALLEST_WINDOW} pixels and std more than 0, but they are {self.window} and {self.std}."
            )
            raise ValueError(message)
        if self.refine and not self.vision_config.gives_detail:  # type: ignore[union-attr]
            message = (
                "refine=True needs a backbone that gives full-resolution features, as InternImage does with stem='wavelength'. "
                "Change the backbone or set refine=False."
            )
            raise ValueError(message)
        if self.land_cover_channels is not None and not (self.refine and self.targets):
            message = (
                "land_cover_channels needs refine=True, where its scores enter the mask, and targets to score, but "
                f"refine={self.refine} and targets={list(self.targets)} were given. Set both, or land_cover_channels=None."
            )
            raise ValueError(message)
        if self.condense == "mask_tokens" and self.mask_token_id is None:
            message = "condense='mask_tokens' needs mask_token_id, the id of the token whose states are condensed; it is None."
            raise ValueError(message)


AutoConfig.register("internimage", InternImageConfig, exist_ok=True)
AutoConfig.register("spex-bridge", BridgedConfig)
AutoConfig.register("spex", SpexConfig)
