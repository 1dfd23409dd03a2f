"""Stems of InternImage: the released one for a fixed number of channels, and one conditioned on wavelength.

The filter of a band is factorised, ``filter(wavelength) = sum_k phi_k(wavelength) W_k``, with phi a small, smooth network:
bands are first projected on a few spectral basis channels, then ordinary convolutions follow. So any set of bands in any
order is read by one checkpoint, and a band between two known ones gets a filter between theirs.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import initialization as init

from spexlab.model.configuration import BridgedConfig, InternImageConfig

FREQUENCIES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Cycles per micrometre of the wavelength features: the finest tells bands 30 nm apart, as in the red edge."""
SPECTRAL_HIDDEN = 64
SIZE_HIDDEN = 32


class PatchStem(nn.Module):
    """The released stem, stride 4: (B, C, H, W) -> (B, ceil(H / 4), ceil(W / 4), embed_dim), channels last."""

    def __init__(self, in_channels: int, config: InternImageConfig) -> None:
        super().__init__()
        middle, eps = config.embed_dim // 2, config.layer_norm_eps
        self.conv1 = nn.Conv2d(in_channels, middle, 3, stride=2, padding=1)
        self.norm1 = nn.LayerNorm(middle, eps=eps)
        self.conv2 = nn.Conv2d(middle, config.embed_dim, 3, stride=2, padding=1)
        self.norm2 = nn.LayerNorm(config.embed_dim, eps=eps)

    def embed(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, ceil(H / 4), ceil(W / 4), embed_dim)."""
        hidden = F.gelu(self.norm1(self.conv1(image).permute(0, 2, 3, 1)))
        return self.norm2(self.conv2(hidden.permute(0, 3, 1, 2)).permute(0, 2, 3, 1))

    def forward(
        self,
        pixel_values: Tensor,
        wavelengths: Tensor | None = None,
        pixel_size: Tensor | None = None,
        indices: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Read an image of ``in_channels`` channels, in the checkpoint's order: nothing else tells this stem anything.

        Raises
        ------
        ValueError
            If the image has another number of channels.
        """
        del wavelengths, pixel_size, indices
        if pixel_values.shape[1] != self.conv1.in_channels:
            msg = f"The rgb stem reads {self.conv1.in_channels} channels, got {pixel_values.shape[1]}."
            raise ValueError(msg)
        return self.embed(pixel_values), None


class SpectralProjection(nn.Module):
    """Any bands -> a fixed number of spectral basis channels, independent of the bands' order."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.phi = nn.Sequential(
            nn.Linear(2 * len(FREQUENCIES) + 1, SPECTRAL_HIDDEN),
            nn.GELU(),
            nn.Linear(SPECTRAL_HIDDEN, SPECTRAL_HIDDEN),
            nn.GELU(),
            nn.Linear(SPECTRAL_HIDDEN, width),
        )
        self.coverage = nn.Linear(width, width)

    def forward(self, pixel_values: Tensor, wavelengths: Tensor) -> Tensor:
        """Project bands at given wavelengths.

        Parameters
        ----------
        pixel_values
            (B, C, H, W) normalised reflectance; NaN counts as 0.
        wavelengths
            (B, C) in nm; 0 or less marks a padded band.

        Returns
        -------
        Tensor
            (B, width, H, W): the mean over the bands of ``phi(wavelength) * reflectance``, plus a bias that tells which
            part of the spectrum was seen.
        """
        known = wavelengths > 0
        micrometres = wavelengths.unsqueeze(-1).to(torch.float32) / 1000
        angle = 2 * torch.pi * micrometres * micrometres.new_tensor(FREQUENCIES)
        features = torch.cat([micrometres, angle.sin(), angle.cos()], dim=-1).to(self.coverage.weight.dtype)
        weight = self.phi(features) * known.unsqueeze(-1) / known.sum(1).clamp(min=1).view(-1, 1, 1)  # (B, C, K)
        pixels = torch.where(known[:, :, None, None], pixel_values, 0.0).nan_to_num(nan=0.0)
        projected = torch.einsum("bck,bchw->bkhw", weight, pixels.to(weight.dtype))
        return projected + self.coverage(weight.sum(1))[:, :, None, None]


class PixelSizeModulation(nn.Module):
    """Scale and shift of each channel from the pixel size (FiLM, arXiv 1709.07871); the identity before training."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(1, SIZE_HIDDEN)
        self.unknown = nn.Parameter(torch.zeros(SIZE_HIDDEN))
        self.film = nn.Linear(SIZE_HIDDEN, 2 * channels)

    def forward(self, features: Tensor, pixel_size: Tensor | None) -> Tensor:
        """Modulate (B, C, H, W) by (B,) metres; NaN, not positive or None is unknown."""
        if pixel_size is None:
            pixel_size = features.new_zeros(features.shape[0])
        known = (pixel_size > 0).unsqueeze(-1)  # False for NaN
        metres = torch.where(known, pixel_size.unsqueeze(-1), 1.0).log10().to(features.dtype)
        hidden = torch.where(known, F.gelu(self.hidden(metres)), self.unknown)
        scale, shift = self.film(hidden)[:, :, None, None].chunk(2, dim=1)
        return features * (1 + scale) + shift


class WavelengthReader(nn.Module):
    """What reads bands at any wavelengths, pixel by pixel and a little around: full-resolution detail features."""

    def add_reader(self, config: InternImageConfig | BridgedConfig) -> None:
        """Make the parts that `look` runs."""
        self.index_channels = config.index_channels
        width = config.detail_channels
        self.spectral = SpectralProjection(config.spectral_width)
        self.detail1 = nn.Conv2d(config.spectral_width + 2 * config.index_channels, width, 3, padding=1)
        self.detail_norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.detail2 = nn.Conv2d(width, width, 3, padding=1)
        self.modulation = PixelSizeModulation(width)

    def look(self, pixel_values: Tensor, wavelengths: Tensor | None, pixel_size: Tensor | None, indices: Tensor | None) -> Tensor:
        """Read bands.

        Parameters
        ----------
        pixel_values, wavelengths
            (B, C, H, W) normalised reflectance and (B, C) nm; see `SpectralProjection`.
        pixel_size
            (B,) metres, or None; see `PixelSizeModulation`.
        indices
            (B, index_channels, H, W) spectral indices, NaN where unknown; None where all are.

        Returns
        -------
        Tensor
            (B, detail_channels, H, W).

        Raises
        ------
        ValueError
            If wavelengths are missing or do not match the bands, or the indices do not match ``index_channels``.
        """
        if wavelengths is None or wavelengths.shape != pixel_values.shape[:2]:
            given = None if wavelengths is None else tuple(wavelengths.shape)
            msg = (
                f"The wavelength stem needs one wavelength a band, (B, C) = {tuple(pixel_values.shape[:2])}, "
                f"got {given}: pass wavelengths in nm, 0 for padded bands."
            )
            raise ValueError(msg)
        image = self.spectral(pixel_values, wavelengths)
        if self.index_channels or indices is not None:
            image = torch.cat([image, self._index_channels(indices, like=image)], dim=1)
        hidden = self.detail1(image)
        # LayerNorm over channels, not over the map: a pixel's features must not depend on the window it was read in.
        normed = F.gelu(self.detail_norm(hidden.permute(0, 2, 3, 1)))
        return self.modulation(hidden + self.detail2(normed.permute(0, 3, 1, 2)), pixel_size)

    def _index_channels(self, indices: Tensor | None, *, like: Tensor) -> Tensor:
        """Index maps with NaN as 0, and where they are known: (B, 2 * index_channels, H, W)."""
        shape = (like.shape[0], self.index_channels, *like.shape[-2:])
        if indices is None:
            return like.new_zeros(shape[0], 2 * shape[1], *shape[2:])
        if indices.shape != shape:
            msg = f"indices must be (B, index_channels, H, W) = {shape}, got {tuple(indices.shape)}."
            raise ValueError(msg)
        known = indices.isfinite()
        return torch.cat([torch.where(known, indices, 0.0), known], dim=1).to(like.dtype)

    def init_conditioning(self) -> None:
        """Start the conditioning networks: phi of order 1, so that bands differ; the pixel size without effect.

        The backbone's narrow Linear initialisation would give every wavelength nearly the same weight, close to zero.
        """
        for layer in [*self.spectral.phi, self.modulation.hidden]:
            if isinstance(layer, nn.Linear):
                init.kaiming_uniform_(layer.weight, nonlinearity="relu")
        init.zeros_(self.modulation.unknown)
        init.zeros_(self.modulation.film.weight)


class WavelengthStem(WavelengthReader, PatchStem):
    """Bands at any wavelengths -> stride-4 tokens and full-resolution detail features."""

    def __init__(self, config: InternImageConfig) -> None:
        super().__init__(config.detail_channels, config)
        self.add_reader(config)

    def forward(
        self,
        pixel_values: Tensor,
        wavelengths: Tensor | None = None,
        pixel_size: Tensor | None = None,
        indices: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Read bands as `look` does; (B, ceil(H / 4), ceil(W / 4), embed_dim) tokens and (B, detail_channels, H, W) detail."""
        detail = self.look(pixel_values, wavelengths, pixel_size, indices)
        return self.embed(detail), detail


class WavelengthImage(WavelengthReader):
    """Bands at any wavelengths -> an image of as many channels as a backbone for photographs reads, and detail features."""

    def __init__(self, config: BridgedConfig) -> None:
        super().__init__()
        self.add_reader(config)
        self.image = nn.Conv2d(config.detail_channels, config.image_channels, 1)

    def forward(
        self, pixel_values: Tensor, wavelengths: Tensor | None, pixel_size: Tensor | None, indices: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Read bands as `look` does; (B, image_channels, H, W) and (B, detail_channels, H, W)."""
        detail = self.look(pixel_values, wavelengths, pixel_size, indices)
        return self.image(detail), detail
