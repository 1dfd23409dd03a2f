"""Stems of InternImage: the released one for a fixed number of channels, and one conditioned on wavelength.

The filter of a band is factorised, ``filter(wavelength) = sum_k phi_k(wavelength) W_k``, with phi a small, smooth network:
bands are first projected on a few spectral basis channels, then ordinary convolutions follow. So any set of bands in any
order is read by one checkpoint, and a band between two known ones gets a filter between theirs.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import initialization as init

from spexlab.model.configuration import BridgedConfig, InternImageConfig
from spexlab.model.strips import strips

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
            (B, C, H, W) normalised reflectance; NaN and what is infinite count as 0.
        wavelengths
            (B, C) in nm; 0 or less marks a padded band.

        Returns
        -------
        Tensor
            (B, width, H, W): the mean over the bands of ``phi(wavelength) * reflectance``, plus a bias that tells which
            part of the spectrum was seen.
        """
        return self.project(pixel_values, *self.filters(wavelengths))

    def filters(self, wavelengths: Tensor) -> tuple[Tensor, Tensor]:
        """What `project` takes for bands at these wavelengths: weights (B, C, width), 0 for padded bands, and a bias (B, width)."""
        known = wavelengths > 0
        micrometres = wavelengths.unsqueeze(-1).to(torch.float32) / 1000
        angle = 2 * torch.pi * micrometres * micrometres.new_tensor(FREQUENCIES)
        features = torch.cat([micrometres, angle.sin(), angle.cos()], dim=-1).to(self.coverage.weight.dtype)
        weight = self.phi(features) * known.unsqueeze(-1) / known.sum(1).clamp(min=1).view(-1, 1, 1)  # (B, C, K)
        return weight, self.coverage(weight.sum(1))

    def project(self, pixel_values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Project bands (B, C, H, W) with their filters: (B, width, H, W)."""
        # Infinite ones count as 0, too: in half precision they stay infinite, and a padded band's weight of 0 makes NaN of them.
        pixels = pixel_values.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0).to(weight.dtype)
        return torch.baddbmm(bias[:, :, None], weight.transpose(1, 2), pixels.flatten(2)).unflatten(2, pixels.shape[2:])


class PixelSizeModulation(nn.Module):
    """Scale and shift of each channel from the pixel size (FiLM, arXiv 1709.07871); the identity before training."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(1, SIZE_HIDDEN)
        self.unknown = nn.Parameter(torch.zeros(SIZE_HIDDEN))
        self.film = nn.Linear(SIZE_HIDDEN, 2 * channels)

    def forward(self, features: Tensor, pixel_size: Tensor | None) -> Tensor:
        """Modulate (B, C, H, W) by (B,) metres; NaN, not positive or None is unknown."""
        return self.modulate(features, *self.film_of(pixel_size, like=features))

    def film_of(self, pixel_size: Tensor | None, *, like: Tensor) -> tuple[Tensor, Tensor]:
        """What `modulate` takes for these pixel sizes, None for those of images (B, ...) that are unknown: (B, C, 1, 1) each."""
        if pixel_size is None:
            pixel_size = like.new_zeros(like.shape[0])
        known = (pixel_size > 0).unsqueeze(-1)  # False for NaN
        metres = torch.where(known, pixel_size.unsqueeze(-1), 1.0).log10().to(self.unknown.dtype)
        hidden = torch.where(known, F.gelu(self.hidden(metres)), self.unknown)
        scale, shift = self.film(hidden)[:, :, None, None].chunk(2, dim=1)
        return 1 + scale, shift

    def modulate(self, features: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """Scale and shift features (B, C, H, W)."""
        return torch.addcmul(shift, features, scale)


def _rows_of(maps: Tensor, layer: nn.Conv2d, *, first: int, rows: slice, height: int) -> Tensor:
    """Some rows of a 3 x 3 convolution; the maps (B, C, h, W) are rows of an image of a height, from `first` on, with 0 around."""
    above, below = int(rows.start == 0), int(rows.stop == height)
    needed = maps[:, :, rows.start - 1 + above - first : rows.stop + 1 - below - first]
    return F.conv2d(F.pad(needed, (1, 1, above, below)), layer.weight, layer.bias)


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
        shape = (pixel_values.shape[0], self.index_channels, *pixel_values.shape[-2:])
        if indices is not None and indices.shape != shape:
            msg = f"indices must be (B, index_channels, H, W) = {shape}, got {tuple(indices.shape)}."
            raise ValueError(msg)
        filters, film = self.spectral.filters(wavelengths), self.modulation.film_of(pixel_size, like=pixel_values)
        parts = [self._strip(pixel_values, indices, filters, film, *rows) for rows in strips(*shape[2:], times=4)]
        return torch.cat(parts, dim=2)

    def _strip(
        self, pixels: Tensor, indices: Tensor | None, filters: Sequence[Tensor], film: Sequence[Tensor], top: int, bottom: int
    ) -> Tensor:
        """Detail (B, detail_channels, rows, W) from a row to before another; each convolution looks a row farther."""
        height = pixels.shape[2]
        seen, kept = (slice(max(top - reach, 0), min(bottom + reach, height)) for reach in (2, 1))
        image = self.spectral.project(pixels[:, :, seen], *filters)
        if self.index_channels:
            image = torch.cat([image, *self._index_channels(indices, seen, like=image)], dim=1)
        hidden = _rows_of(image, self.detail1, first=seen.start, rows=kept, height=height)
        # LayerNorm over channels, not over the map: a pixel's features must not depend on the window it was read in.
        normed = F.gelu(self.detail_norm(hidden.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)
        deepened = _rows_of(normed, self.detail2, first=kept.start, rows=slice(top, bottom), height=height)
        own = hidden[:, :, top - kept.start : bottom - kept.start]
        return self.modulation.modulate(own + deepened, *film)

    def _index_channels(self, indices: Tensor | None, rows: slice, *, like: Tensor) -> tuple[Tensor, ...]:
        """Some rows of the index maps with NaN as 0, and where they are known, (B, index_channels, rows, W) each."""
        if indices is None:
            return (like.new_zeros(like.shape[0], 2 * self.index_channels, *like.shape[-2:]),)
        maps = indices[:, :, rows]
        known = maps.isfinite()
        return torch.where(known, maps, 0.0).to(like.dtype), known.to(like.dtype)

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
