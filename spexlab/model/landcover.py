"""All targets at once, straight from the pixels: what spectrum and texture say, and what the scene around adds to it.

A boosted tree on bands, indices and local statistics is hard to beat on a few hundred small scenes. `PixelEvidence` is such a
pixel-wise classifier as a small network: it reads what trees read, can be distilled from them, and passes gradients. The backbone's
features enter as a correction that starts at nothing, so that the answer begins at what the pixels say and departs from it only for
what shape and context teach.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import initialization as init

from spexlab.model.strips import strips

SLOTS = ((490, 45), (560, 35), (665, 30), (705, 12), (740, 15), (783, 20), (842, 60), (1610, 120), (2200, 150))
"""Centre in nm, and how far a band may lie from it: blue, green, red, red edge (three), near infrared, short-wave (two)."""
_B, _G, _R, _N, _S1, _S2 = 0, 1, 2, 6, 7, 8
_PAIRS = ((_N, _R), (_G, _N), (_G, _S1), (_S1, _N), (_N, _S2), (_S1, _S2), (_G, _R))
"""Normalised differences: NDVI, NDWI, MNDWI, NDBI, NBR, NDTI, and one of visible bands."""
_TEXTURED = 4
"""How many of them, from the first, are looked at around a pixel, beside the brightness."""
_SQUARES = 2
"""Around: 5 x 5 pixels, and about 12 x 12."""
_CELL = 4
"""Side in pixels of the cells that the larger square is made of, 3 x 3 of them."""
ITSELF = len(SLOTS) + len(_PAIRS) + 1
"""Numbers of the pixel itself, which come first: bands and differences."""
FEATURES = len(SLOTS) + len(_PAIRS) + 1 + 2 * _SQUARES * (_TEXTURED + 1) + 1
"""Numbers that are read of a pixel; the last tells whether it is narrow."""
BRIGHTNESS = (*range(len(SLOTS)), *range(len(SLOTS) + len(_PAIRS) + 1 + _TEXTURED, FEATURES - 1, _TEXTURED + 1))
"""Those that grow with the light: bands, and the statistics of the visible ones."""
_NARROW = 8.0
"""Metres below which a pixel is narrower than a house: a roof then is many pixels, before it is part of one."""
_FARTHEST = 6.0
"""Spreads from the mean beyond which a number says no more."""


class PixelEvidence(nn.Module):
    """What a pixel's spectrum and the statistics around it say, as a hidden state.

    Parameters
    ----------
    width
        Channels of the hidden layers.
    mean, std
        With which reflectance was normalised.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, width: int, *, mean: float, std: float) -> None:
        super().__init__()
        self.mean, self.std = mean, std
        self.register_buffer("centre", torch.zeros(FEATURES))
        self.register_buffer("spread", torch.ones(FEATURES))
        self.read = nn.Linear(FEATURES, width)
        self.bands = nn.Linear(len(SLOTS), width)
        self.deepen = nn.Sequential(nn.GELU(), nn.Linear(width, width), nn.GELU(), nn.Linear(width, width), nn.GELU())

    def measure(self, pixel_values: Tensor, wavelengths: Tensor, pixel_size: Tensor | None) -> Tensor:
        """Numbers of each pixel, (B, H, W, `FEATURES`); NaN where the bands do not allow one.

        Parameters
        ----------
        pixel_values, wavelengths
            (B, C, H, W) normalised reflectance and (B, C) nm, 0 for padded bands.
        pixel_size
            (B,) metres, NaN if unknown; None: all unknown.
        """
        reflectance = pixel_values.float() * self.std + self.mean
        narrow = reflectance.new_zeros(len(reflectance)) if pixel_size is None else (pixel_size < _NARROW).to(reflectance.dtype)
        shape = len(reflectance), 1, *reflectance.shape[-2:]
        return torch.cat([*_features(reflectance, wavelengths), narrow[:, None, None, None].expand(shape)], dim=1).permute(
            0, 2, 3, 1
        )

    def forward(self, measured: Tensor) -> Tensor:
        """Hidden state (..., width) of numbers (..., `FEATURES`)."""
        known = measured.isfinite()
        scaled = ((measured - self.centre) / self.spread).clamp(-_FARTHEST, _FARTHEST)
        told = torch.cat([torch.where(known, scaled, 0.0), known[..., : len(SLOTS)]], dim=-1).to(self.read.weight.dtype)
        weight, bias = torch.cat([self.read.weight, self.bands.weight], dim=1), _biases(self.read, self.bands)
        hidden: Tensor = self.deepen(F.linear(told, weight, bias))
        return hidden


class LandCoverHead(nn.Module):
    """Logits of every target from the pixels' evidence and the backbone's features.

    Parameters
    ----------
    targets
        Number of logits a pixel.
    embedding_channels, detail_channels
        Channels of the mask decoder's image embedding and of the full-resolution features.
    width
        Channels of the hidden layers.
    mean, std
        With which reflectance was normalised.
    """

    def __init__(self, targets: int, *, embedding_channels: int, detail_channels: int, width: int, mean: float, std: float) -> None:
        super().__init__()
        self.evidence = PixelEvidence(width, mean=mean, std=std)
        self.pixelwise = nn.Linear(width, targets)
        self.from_pixels = nn.Linear(width, width)
        self.from_detail = nn.Conv2d(detail_channels, width, 1)
        self.from_context = nn.Conv2d(embedding_channels, width, 1)
        self.correction = nn.Conv2d(width, targets, 1)

    def init_correction(self) -> None:
        """Start at what the pixels say."""
        for parameter in self.correction.parameters():
            init.zeros_(parameter)

    def forward(self, measured: Tensor, embedding: Tensor, detail: Tensor) -> Tensor:
        """Logits (B, T, H, W).

        Parameters
        ----------
        measured
            From `PixelEvidence.measure`, (B, H, W, `FEATURES`).
        embedding
            The mask decoder's image embedding, (B, D, h, w).
        detail
            Full-resolution features, (B, C, H, W).
        """
        height, width = detail.shape[-2:]
        context = self._context(embedding, width)
        parts = [
            self._strip(measured[:, top:bottom], context, detail[:, :, top:bottom], top=top, height=height)
            for top, bottom in strips(height, width)
        ]
        return torch.cat(parts, dim=1).permute(0, 3, 1, 2)

    def _context(self, embedding: Tensor, width: int) -> Tensor:
        """What the embedding (B, D, h, w) adds to each pixel, and all constants that are added: (B, h, W, width of the layers)."""
        constants = _biases(self.from_pixels, self.from_detail, self.from_context)
        added = F.linear(embedding.permute(0, 2, 3, 1), self.from_context.weight.flatten(1), constants)
        size = embedding.shape[2], width
        return F.interpolate(added.permute(0, 3, 1, 2), size=size, mode="bilinear", align_corners=False).permute(0, 2, 3, 1)

    def _strip(self, measured: Tensor, context: Tensor, detail: Tensor, *, top: int, height: int) -> Tensor:
        """Logits (B, r, W, T) of r rows from one on; `context` (B, h, W, width) is as wide as the image, and not as high."""
        seen = self.evidence(measured)  # (B, r, W, width)
        around = _rows_between(context, top, detail.shape[2], height)
        mixed = F.gelu(_plus(_plus(around, detail.permute(0, 2, 3, 1), self.from_detail.weight), seen, self.from_pixels.weight))
        said = F.linear(seen, self.pixelwise.weight, _biases(self.pixelwise, self.correction))
        return _plus(said, mixed, self.correction.weight)


def _biases(*layers: nn.Linear | nn.Conv2d) -> Tensor:
    """What layers whose outputs are added up add to them all the same, (width,)."""
    return torch.stack([layer.bias for layer in layers if layer.bias is not None]).sum(dim=0)


def _plus(total: Tensor, pixels: Tensor, weight: Tensor) -> Tensor:
    """Add what a linear layer, or a convolution of 1 x 1, makes of pixels (..., C) to (..., D), as it is summed up."""
    return torch.addmm(total.flatten(0, -2), pixels.flatten(0, -2), weight.flatten(1).t()).view(total.shape)


def _rows_between(maps: Tensor, top: int, count: int, height: int) -> Tensor:
    """Some rows of maps (B, h, W, C) brought to a height, as bilinear interpolation does it: (B, `count`, W, C)."""
    last, scale = maps.shape[1] - 1, maps.shape[1] / height
    at = ((torch.arange(top, top + count, device=maps.device) + 0.5) * scale - 0.5).clamp(0, last)
    # Between two rows lie many: sums of the few that are near, rather than copies of them. Which these are is known without `at`,
    # for which a GPU would have to be waited for.
    first, end = int(max((top + 0.5) * scale - 0.5, 0)), min(int((top + count - 0.5) * scale - 0.5) + 2, last + 1)
    weights = (1 - (at[:, None] - torch.arange(first, end, device=maps.device)).abs()).clamp(min=0).to(maps.dtype)
    near = maps[:, first:end]
    return (weights @ near.flatten(2)).view(len(maps), count, *maps.shape[2:])


def pixel_features(reflectance: Tensor, wavelengths: Tensor) -> Tensor:
    """Bands by wavelength, normalised differences, and mean and spread around: (B, H, W, `FEATURES` - 1) of (B, C, H, W)."""
    return torch.cat(_features(reflectance, wavelengths), dim=1).permute(0, 2, 3, 1)


def _features(reflectance: Tensor, wavelengths: Tensor) -> list[Tensor]:
    """The same in parts, (B, ..., H, W) each: to put them together is what takes time."""
    bands = _bands(reflectance, wavelengths)
    ratios = [_normalised(bands[:, a], bands[:, b]) for a, b in _PAIRS]
    soil = _normalised(bands[:, _S1] + bands[:, _R], bands[:, _N] + bands[:, _B])
    brightness = bands[:, [_B, _G, _R]].mean(dim=1)
    around = local_statistics(torch.stack([*ratios[:_TEXTURED], brightness], dim=1))
    return [bands, torch.stack([*ratios, soil], dim=1), around]


def feature_bands() -> Tensor:
    """Which bands of `SLOTS` each feature needs, boolean (`FEATURES`, bands): without one of them it is unknown."""
    brightness = (_B, _G, _R)
    single = [(slot,) for slot in range(len(SLOTS))]
    textured = [*_PAIRS[:_TEXTURED], brightness] * (2 * _SQUARES)
    needed = torch.zeros(FEATURES, len(SLOTS), dtype=torch.bool)
    for feature, slots in enumerate([*single, *_PAIRS, (_S1, _R, _N, _B), *textured]):
        needed[feature, list(slots)] = True
    return needed


def local_statistics(maps: Tensor) -> Tensor:
    """Mean and standard deviation of maps (B, C, H, W) in the small and the large square: (B, 4 C, H, W), NaN where a map is."""
    filled = maps.nan_to_num(nan=0.0)
    found = []
    for local_mean in (_near_mean, _wide_mean):
        mean, square = local_mean(torch.cat([filled, filled.square()], dim=1)).chunk(2, dim=1)
        found += [mean, (square - mean.square()).clamp(min=0).sqrt()]
    return torch.where(maps.isfinite().repeat(1, len(found), 1, 1), torch.cat(found, dim=1), torch.nan)


def _bands(reflectance: Tensor, wavelengths: Tensor) -> Tensor:
    """The band nearest to each slot, (B, slots, H, W); NaN where none lies near enough."""
    centres, reach = (wavelengths.new_tensor(values) for values in zip(*SLOTS, strict=True))
    away = torch.where(wavelengths > 0, wavelengths, torch.inf)[:, None] - centres[:, None]  # (B, slots, C)
    distance, nearest = away.abs().min(dim=2)
    rows = torch.arange(len(reflectance), device=reflectance.device)[:, None]
    return torch.where((distance <= reach)[..., None, None], reflectance[rows, nearest], torch.nan)


def _normalised(a: Tensor, b: Tensor) -> Tensor:
    total = a + b
    return ((a - b) / torch.where(total.abs() < 1e-6, 1e-6, total)).clamp(-1, 1)


def _near_mean(maps: Tensor, side: int = 5) -> Tensor:
    # Two depthwise lines: torch's own average pooling is several times slower on a CPU.
    line, edge = maps.new_full((maps.shape[1], 1, side, 1), 1 / side), side // 2
    rows = F.conv2d(F.pad(maps, (0, 0, edge, edge), mode="replicate"), line, groups=maps.shape[1])
    return F.conv2d(F.pad(rows, (edge, edge, 0, 0), mode="replicate"), line.transpose(2, 3), groups=maps.shape[1])


def _wide_mean(maps: Tensor) -> Tensor:
    cells = F.avg_pool2d(maps, _CELL, ceil_mode=True, count_include_pad=False)
    around = F.avg_pool2d(cells, 3, stride=1, padding=1, count_include_pad=False)
    return F.interpolate(around, size=maps.shape[-2:], mode="bilinear", align_corners=False)
