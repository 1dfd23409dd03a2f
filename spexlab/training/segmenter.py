"""The network of pretraining: UperNet on our backbone, one score a target and pixel, no language.

It gives the backbone a reason to learn, and is the measure for SPEX: an equal network that was never told what to look for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
import xarray as xr
from huggingface_hub.dataclasses import strict
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import ByT5Tokenizer, PreTrainedConfig, UperNetConfig, UperNetForSemanticSegmentation
from transformers.models.upernet.modeling_upernet import UperNetConvModule
from transformers.utils import ModelOutput

from spexlab.evidence.prior import MODEL_INDICES, index_stack
from spexlab.extraction.windows import Mosaic, TileReader, plan_windows, tiling
from spexlab.model.configuration import InternImageConfig
from spexlab.model.processor import SpexProcessor
from spexlab.scene import pixel_size
from spexlab.targets import TARGETS
from spexlab.training.losses import overlap_loss

_GROUPS = 8
"""Of the group norms."""


@strict
class SegmenterConfig(UperNetConfig):
    """UperNet's configuration, and what a checkpoint must know to read a scene."""

    model_type = "spexlab-segmenter"

    targets: list[str] | tuple[str, ...] = ()
    """Names of the scores, in order."""
    mean: float = 0.15
    """Mean reflectance that is subtracted from the input."""
    std: float = 0.15
    """Spread of reflectance that the input is divided by."""
    window: int = 256
    """Side in pixels of the windows in which large scenes are read."""


@dataclass
class SegmenterOutput(ModelOutput):
    """What :meth:`Segmenter.forward` returns.

    Attributes
    ----------
    loss
        Scalar, if labels were given.
    logits
        (B, T, H, W).
    """

    loss: Tensor | None = None
    logits: Tensor | None = None


class Segmenter(UperNetForSemanticSegmentation):
    """UperNet that reads any bands and answers at full resolution.

    UperNet answers at a quarter of its input, but a river may be a pixel wide: a last layer joins the backbone's full-resolution
    features, as the last stage of a U-Net would. Group norms take the place of batch norms, whose statistics over six crops of
    different sensors would be noise.
    """

    config_class = SegmenterConfig
    supports_gradient_checkpointing = True

    def __init__(self, config: SegmenterConfig) -> None:
        super().__init__(config)
        width = config.hidden_size
        for module in self.modules():
            if isinstance(module, UperNetConvModule):
                module.batch_norm = cast("Any", nn.GroupNorm(_GROUPS, module.conv.out_channels))
        detail = cast("InternImageConfig", config.backbone_config).detail_channels
        self.decode_head.classifier = cast("Any", nn.Identity())
        self.last = nn.Sequential(nn.Conv2d(width + detail, 32, 3, padding=1), nn.GELU(), nn.Conv2d(32, len(config.targets), 1))

    def get_input_embeddings(self) -> Any:
        """None: it reads no words, which a launcher that spreads weights over GPUs asks."""
        return None

    def forward(
        self,
        pixel_values: Tensor,
        wavelengths: Tensor | None = None,
        pixel_size: Tensor | None = None,
        indices: Tensor | None = None,
        present: Tensor | None = None,
        known: Tensor | None = None,
    ) -> SegmenterOutput:
        """Score every target in every pixel.

        Parameters
        ----------
        pixel_values, wavelengths, pixel_size, indices
            As `InternImageBackbone.forward` reads them.
        present, known
            Truth in 0-1, and where it is known, (B, T, H, W).
        """
        levels = self.backbone(pixel_values, wavelengths, pixel_size, indices)
        coarse = F.interpolate(
            self.decode_head(levels.feature_maps), size=pixel_values.shape[-2:], mode="bilinear", align_corners=False
        )
        logits = self.last(torch.cat([coarse, levels.detail], dim=1))
        if present is None or known is None:
            return SegmenterOutput(logits=logits)
        loss = overlap_loss(logits.float().flatten(0, 1), present.flatten(0, 1), known.flatten(0, 1))
        return SegmenterOutput(loss, logits)


def new_segmenter(backbone: PreTrainedConfig, *, hidden_size: int) -> Segmenter:
    """Make a segmenter of random weights for all of our targets."""
    return Segmenter(
        SegmenterConfig(
            backbone_config=backbone,
            hidden_size=hidden_size,
            use_auxiliary_head=False,
            targets=list(TARGETS),
        )
    )


def default_backbone() -> InternImageConfig:
    """The backbone of spex-tiny: two million parameters that read any bands and our index channels."""
    return InternImageConfig(
        embed_dim=32,
        depths=[1, 1, 3, 1],
        groups=[2, 4, 8, 16],
        drop_path_rate=0.1,
        offset_scale=1.0,
        stem="wavelength",
        spectral_width=16,
        detail_channels=24,
        index_channels=len(MODEL_INDICES),
    )


def scene_tensors(
    processor: SpexProcessor, scenes: Sequence[xr.DataArray], indices: Sequence[NDArray[np.float32]]
) -> dict[str, Any]:
    """Scenes of one size (band, y, x) with their index maps as the backbone reads them."""
    return dict(
        processor.images(
            [scene.values for scene in scenes],
            wavelengths=[scene["wavelength"].values.tolist() for scene in scenes],
            pixel_size=[pixel_size(scene) for scene in scenes],
            indices=indices,
        )
    )


def image_processor(config: SegmenterConfig) -> SpexProcessor:
    """SPEX's own way to prepare images; its tokenizer, of plain bytes, is never asked."""
    return SpexProcessor(ByT5Tokenizer(), mean=config.mean, std=config.std)


class SceneSegmenter:
    """A trained segmenter, asked about scenes of any size.

    Parameters
    ----------
    model
        In evaluation mode.
    """

    def __init__(self, model: Segmenter) -> None:
        self.model = model.eval()
        self._processor = image_processor(cast("SegmenterConfig", model.config))

    @property
    def targets(self) -> tuple[str, ...]:
        """What it scores."""
        return tuple(self.model.config.targets)

    def __call__(self, scene: xr.DataArray) -> xr.DataArray:
        """Probability of each target, (target, y, x) float32 on the scene's grid; targets may overlap.

        Parameters
        ----------
        scene
            Reflectance (band, y, x), of any size; read in overlapping windows whose probabilities are averaged.
        """
        shape = scene.sizes["y"], scene.sizes["x"]
        side, overlap = tiling(shape, self.model.config.window)
        found = np.empty((len(self.targets), *shape), np.float32)
        reader, mosaic = TileReader(scene, size=side), Mosaic(found, overlap=overlap, reach=shape[0])
        for window in plan_windows(shape, size=side, overlap=overlap):
            tile = reader.read(window)
            mosaic.add(window, self.tile(tile.pixels)[:, *tile.inside].sigmoid().cpu().numpy())
        grid = {axis: scene.coords[axis] for axis in scene.coords if "band" not in scene.coords[axis].dims}
        mosaic.finish(shape[0])
        return xr.DataArray(found, dims=("target", "y", "x"), coords={"target": list(self.targets), **grid}, name="probability")

    @torch.no_grad()
    def tile(self, scene: xr.DataArray) -> Tensor:
        """Logits (T, H, W) of a scene small enough to be read at once."""
        device = next(self.model.parameters()).device
        inputs = scene_tensors(self._processor, [scene], [index_stack(scene)])
        logits = self.model(**{name: value.to(device) for name, value in inputs.items()}).logits[0]
        return torch.as_tensor(logits).float()


def load_segmenter(folder: str | Path, *, device: str | torch.device = "cpu") -> SceneSegmenter:
    """Load what `pretrain` saved.

    Parameters
    ----------
    folder
        ``model`` in a run's folder.
    device
        Where to compute.

    Raises
    ------
    ValueError
        If the folder holds no segmenter.
    """
    if not (Path(folder) / "config.json").is_file():
        raise ValueError(f"no segmenter lies in {str(folder)!r}; give the folder `model` of a run of spexlab pretrain.")
    model: Any = Segmenter.from_pretrained(folder, use_safetensors=True, local_files_only=True)
    return SceneSegmenter(model.to(device))
