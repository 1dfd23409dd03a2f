"""Any backbone that transformers knows, made to read multispectral images."""

import torch
from torch import Tensor, nn
from transformers import AutoBackbone, AutoModel
from transformers import initialization as init

from spexlab.model.configuration import BridgedConfig
from spexlab.model.internimage import InternImageOutput
from spexlab.model.pretrained import SpexPreTrainedModel
from spexlab.model.stem import WavelengthImage, WavelengthReader


class BridgedBackbone(SpexPreTrainedModel):
    """A stem that reads bands by wavelength, and a backbone for photographs behind it."""

    config: BridgedConfig
    config_class = BridgedConfig
    base_model_prefix = "backbone"
    main_input_name = "pixel_values"
    input_modalities = "image"
    supports_gradient_checkpointing = True

    def __init__(self, config: BridgedConfig) -> None:
        super().__init__(config)
        self.stem = WavelengthImage(config)
        self.body = AutoBackbone.from_config(config.backbone_config)
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, WavelengthReader):
            module.init_conditioning()
        elif isinstance(module, nn.Conv2d | nn.Linear):
            init.trunc_normal_(module.weight, std=module.weight[0].numel() ** -0.5)
            if module.bias is not None:
                init.zeros_(module.bias)
        else:
            super()._init_weights(module)

    def forward(
        self,
        pixel_values: Tensor,
        wavelengths: Tensor | None = None,
        pixel_size: Tensor | None = None,
        indices: Tensor | None = None,
    ) -> InternImageOutput:
        """Encode images as `InternImageBackbone` with the wavelength stem does."""
        image, detail = self.stem(pixel_values, wavelengths, pixel_size, indices)
        return InternImageOutput(feature_maps=self.body(image).feature_maps, detail=detail)


AutoModel.register(BridgedConfig, BridgedBackbone, exist_ok=True)
