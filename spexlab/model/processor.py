"""SpexProcessor: reflectance and words to the tensors that SpexForExtraction reads."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import AutoProcessor, BatchFeature, PreTrainedTokenizerBase, ProcessorMixin

from spexlab.model.configuration import SpexConfig
from spexlab.model.tokenizing import token_ids

IMAGE_TOKEN = "<image>"  # noqa: S105 - a placeholder, not a secret
MASK_TOKEN = "<mask>"  # noqa: S105
_INDEX_LIMIT = 2.0
"""Normalised differences lie within -1 and 1; noise around zero reflectance can throw an index anywhere."""
_SYSTEM = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
_USER = "<|im_start|>user\n"
_ASSISTANT = "<|im_end|>\n<|im_start|>assistant\n"


class SpexProcessor(ProcessorMixin):
    """Prepares images, questions, instructions and evidence.

    Parameters
    ----------
    tokenizer
        A tokenizer with ChatML's tokens and, as single tokens, ``<image>`` and ``<mask>``.
    mean, std
        Reflectance statistics of the checkpoint; a number or one a band.
    image_grid
        Side of the language model's image grid; None: one token for each cell of `image_stride` pixels.
    image_stride
        Pixels a cell.
    image_newline
        Whether one more token follows the image's.
    mask_tokens
        Mask tokens at the head of the answer; 0 if the checkpoint condenses the answer.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase | None = None,
        mean: float | Sequence[float] = 0.15,
        std: float | Sequence[float] = 0.15,
        image_grid: int | None = None,
        image_stride: int = 16,
        image_newline: bool = False,  # noqa: FBT001, FBT002 - ProcessorMixin passes saved fields by name
        mask_tokens: int = 4,
        **kwargs: Any,
    ) -> None:
        super().__init__(tokenizer, **kwargs)
        self.mean = mean
        self.std = std
        self.image_grid = image_grid
        self.image_stride = image_stride
        self.image_newline = image_newline
        self.mask_tokens = mask_tokens

    @classmethod
    def for_model(cls, config: SpexConfig, tokenizer: PreTrainedTokenizerBase) -> "SpexProcessor":
        """The processor that fits a model's configuration."""
        return cls(
            tokenizer,
            mean=config.mean,
            std=config.std,
            image_grid=config.image_grid,
            image_stride=4 * 2**config.reference_level,
            image_newline=config.image_newline,
            mask_tokens=config.prompt_tokens if config.condense == "mask_tokens" else 0,
        )

    def __call__(
        self,
        images: Sequence[NDArray[np.float32]],
        text: Sequence[str],
        *,
        wavelengths: Sequence[Sequence[float]] | None = None,
        pixel_size: Sequence[float | None] | None = None,
        indices: Sequence[NDArray[np.float32]] | None = None,
        prior: Sequence[NDArray[np.float32] | None] | None = None,
    ) -> BatchFeature:
        """Everything :meth:`SpexForExtraction.segment` needs, for a batch of images of one size and their questions."""
        batch = self.images(images, wavelengths=wavelengths, pixel_size=pixel_size, indices=indices)
        if prior is not None:
            batch["prior"] = self.priors(prior, size=batch["pixel_values"].shape[-2:])
        batch.update(self.questions(text, size=batch["pixel_values"].shape[-2:]))
        return batch

    def images(
        self,
        images: Sequence[NDArray[np.float32]],
        *,
        wavelengths: Sequence[Sequence[float]] | None = None,
        pixel_size: Sequence[float | None] | None = None,
        indices: Sequence[NDArray[np.float32]] | None = None,
    ) -> BatchFeature:
        """Normalise reflectance and pad band sets to one width.

        Parameters
        ----------
        images
            Reflectance (C, H, W), NaN where there is no data; all of one height and width.
        wavelengths
            Centre wavelengths in nm, one for each band of each image; not needed by an RGB stem.
        pixel_size
            Metres, None if unknown.
        indices
            Index maps (K, H, W), NaN where they cannot be computed.
        """
        bands = max(len(image) for image in images)
        pixels = torch.zeros(len(images), bands, *images[0].shape[-2:])
        nanometres = torch.zeros(len(images), bands)
        for row, image in enumerate(images):
            pixels[row, : len(image)] = self._normalise(image)
            if wavelengths is not None:
                nanometres[row, : len(image)] = torch.as_tensor(wavelengths[row], dtype=torch.float32)
        batch = BatchFeature({"pixel_values": pixels})
        if wavelengths is not None:
            batch["wavelengths"] = nanometres
        sizes = pixel_size if pixel_size is not None else [None] * len(images)
        batch["pixel_size"] = torch.tensor([float("nan") if s is None else s for s in sizes])
        if indices is not None:
            batch["indices"] = torch.from_numpy(np.stack(list(indices))).float().clamp(-_INDEX_LIMIT, _INDEX_LIMIT)
        return batch

    def _normalise(self, image: NDArray[np.float32]) -> Tensor:
        mean, std = (torch.as_tensor(v, dtype=torch.float32).reshape(-1, 1, 1) for v in (self.mean, self.std))
        scaled = (torch.from_numpy(np.ascontiguousarray(image)).float() - mean) / std
        return torch.nan_to_num(scaled, nan=0.0, posinf=0.0, neginf=0.0)

    @staticmethod
    def priors(prior: Sequence[NDArray[np.float32] | None], *, size: Sequence[int]) -> Tensor:
        """Signed index maps (B, 1, H, W); an image without an index is NaN throughout."""
        missing = np.full(tuple(size), np.nan, dtype=np.float32)
        maps = torch.from_numpy(np.stack([missing if p is None else p for p in prior])).float()
        return maps[:, None].clamp(-_INDEX_LIMIT, _INDEX_LIMIT)

    def image_tokens(self, size: Sequence[int]) -> int:
        """Image tokens of an image of `size` (height, width)."""
        cells = [-(-side // self.image_stride) if self.image_grid is None else self.image_grid for side in size]
        return cells[0] * cells[1] + int(self.image_newline)

    def questions(self, text: Sequence[str], *, size: Sequence[int]) -> BatchFeature:
        """Questions holding ``<image>`` once, up to and with the mask tokens at the head of the answer, right-padded."""
        return self.pad([self.question(one, size=size) for one in text])

    def question(self, text: str, *, size: Sequence[int]) -> list[int]:
        """Token ids of one question about an image of `size` (height, width)."""
        before, image, after = text.partition(IMAGE_TOKEN)
        if not image:
            message = f"a question must hold {IMAGE_TOKEN!r} where the image stands; this one is {text[:60]!r}."
            raise ValueError(message)
        ids = self._marked(_SYSTEM + _USER) + self.words(before) + self._image(size)
        return ids + self.words(after) + self._marked(_ASSISTANT) + self._marked(MASK_TOKEN) * self.mask_tokens

    def beginning(self, size: Sequence[int]) -> list[int]:
        """Token ids that every question begins with whose first word is the image."""
        return self._marked(_SYSTEM + _USER) + self._image(size)

    def instructions(self, text: Sequence[str]) -> BatchFeature:
        """What a person typed, as :meth:`SpexForExtraction.interpret` reads it."""
        return self.pad([self.instruction(one) for one in text])

    def instruction(self, text: str) -> list[int]:
        """Token ids of one instruction."""
        return self._marked(_USER) + self.words(plain_words(text)) + self._marked(_ASSISTANT)

    def evidence(self, text: str) -> list[int]:
        """Token ids of the measured evidence that follows the mask tokens and asks for words."""
        return self._marked("<|im_end|>\n" + _USER) + self.words(text) + self._marked(_ASSISTANT)

    def answer(self, text: str) -> list[int]:
        """Token ids of an answer with its end."""
        return self.words(text) + self._marked("<|im_end|>")

    def pad(self, rows: Sequence[list[int]], *, side: Literal["left", "right"] = "right") -> BatchFeature:
        """Pad id lists to one length."""
        return self.tokenizer.pad({"input_ids": list(rows)}, padding_side=side, return_tensors="pt")

    def _image(self, size: Sequence[int]) -> list[int]:
        return self._marked(IMAGE_TOKEN) * self.image_tokens(size)

    def _marked(self, text: str) -> list[int]:
        return token_ids(self.tokenizer, text)

    def words(self, text: str) -> list[int]:
        """Ids of plain words: markers such as ``<mask>`` in what a person or a file wrote stay letters."""
        return token_ids(self.tokenizer, text, markers=False)


def plain_words(text: str) -> str:
    """An instruction without what does not change its meaning: capitals, and spaces around it.

    The leading space gives a word the same tokens at the beginning as anywhere else; a small model has no words to spare.
    """
    return " " + text.strip().lower()


AutoProcessor.register(SpexConfig, SpexProcessor)
