"""The one place where pixels and words become tensors: a checkpoint with all that `extract` asks of it."""

import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from transformers import Cache, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList
from transformers.generation.streamers import BaseStreamer

from spexlab.evidence.limits import LIMITS
from spexlab.evidence.prior import MODEL_INDICES, index_stack
from spexlab.extraction.cache import FeatureCache, content_key, process_cache
from spexlab.extraction.calibration import Calibration
from spexlab.extraction.memory import room_for
from spexlab.extraction.own import OwnTarget, hear_own, without_own
from spexlab.extraction.scorecard import Scorecard
from spexlab.extraction.threads import ONE_THREAD
from spexlab.language.question import Question
from spexlab.language.quoting import Quoted
from spexlab.language.reading import Interpretation
from spexlab.model.outputs import SpexFeatures
from spexlab.model.processor import SpexProcessor
from spexlab.model.spex import SpexForExtraction
from spexlab.targets import TARGETS

MAX_WORDS = 256
"""Tokens after which an explanation is cut off."""
BEGUN_FROM = 512
"""Tokens of an image from which on the language model reads them once for all questions. To go on from a state has its price, too:
where an image is 64 of 1,271 tokens, they take a third longer to read."""

SMALL = 100_000_000
"""Parameters of a model whose layers give a second CPU thread too little to do."""
_WINDOW_BYTES = 1 << 30
"""What looking at a window of such a model takes at most."""


@dataclass(frozen=True, eq=False)
class Segment:
    """A mask with all that is needed to go on writing about it."""

    logits: NDArray[np.float32]
    """(H, W), as the network gives them: a `Cut` makes a probability of them."""
    ids: tuple[int, ...]
    """The tokens read so far."""
    cache: Cache | None
    """The language model's state after them; words that are written use it up. None where no language model was asked."""


class Engine:
    """A SPEX checkpoint, ready to read, look and write.

    Parameters
    ----------
    model, processor
        As `from_pretrained` gives them.
    name : str
        What to call the checkpoint in results.
    checkpoint : str
        SHA-256 of its weights, "" if they were never saved.
    scorecard : Scorecard, optional
        What its evaluation says; nothing unless given.
    """

    own: Mapping[str, OwnTarget] = MappingProxyType({})
    """Targets that somebody taught, by name; see `learn`."""

    def __init__(
        self,
        model: SpexForExtraction,
        processor: SpexProcessor,
        *,
        name: str = "spex",
        checkpoint: str = "",
        scorecard: Scorecard | None = None,
    ) -> None:
        self.model = model.eval()
        self.processor = processor
        self.name = name
        self.checkpoint = checkpoint
        self.scorecard = scorecard or Scorecard()
        self.calibration = Calibration(model.config.calibration or {})
        self.cache = process_cache(model.device.type)
        _check_vocabulary(model.config, name)

    def __repr__(self) -> str:
        kind, parameters = type(self).__name__, sum(p.numel() for p in self.model.parameters()) / 1e6
        return f"{kind}({self.name!r}, {parameters:.1f} M parameters on {self.model.device}, targets: {', '.join(self.targets)})"

    def __getstate__(self) -> dict[str, Any]:
        """Elsewhere it starts without features: a worker of a cluster is not asked twice about the same pixels."""
        return {**self.__dict__, "cache": FeatureCache(0)}

    def to(self, device: str) -> None:
        """Move to a device."""
        self.model.to(device)

    @property
    def targets(self) -> tuple[str, ...]:
        """What can be asked for."""
        return (*self.model.config.targets, *self.own)

    def learn(self, own: OwnTarget) -> None:
        """Make a target of somebody's own known by its word; one of the same name gives way to it."""
        self.own = {**self.own, own.name: own}
        own.make_known()

    @property
    def window(self) -> int:
        """Side in pixels of the square that is read at once."""
        return int(self.model.config.window)

    @property
    def abreast(self) -> int:
        """How many windows to look at at a time: with a small model on a CPU one a thread, as far as there is memory."""
        if self.model.device.type != "cpu" or self.model.num_parameters() > SMALL:
            return 1
        return min(torch.get_num_threads(), room_for(_WINDOW_BYTES))

    @torch.inference_mode()
    def interpret(self, texts: Sequence[str]) -> list[Interpretation]:
        """Score the checkpoint's targets given each of some texts; one above one half is meant. `understand` makes sense of it."""
        words = self.processor.instructions([without_own(text, self.own) for text in texts]).to(self.model.device)
        scores = self.model.interpret(words["input_ids"], words["attention_mask"])
        heard = (self._heard(*row) for row in zip(_likely(scores.targets), _likely(scores.limits), strict=True))
        return [hear_own(one, text, self.own) for one, text in zip(heard, texts, strict=True)]

    def _heard(self, targets: Sequence[Sequence[float]], limits: Sequence[float]) -> Interpretation:
        wanted, unwanted = (dict(zip(self.model.config.targets, row, strict=True)) for row in targets)
        exclude = tuple(name for name, score in unwanted.items() if score > 0.5)
        include = tuple(name for name, score in wanted.items() if score > 0.5 and name not in exclude)
        heard = zip(self.model.config.limits, limits, strict=True)
        return Interpretation(include, exclude, wanted, tuple(name for name, score in heard if score > 0.5))

    @torch.inference_mode()
    def encode(self, pixels: xr.DataArray) -> tuple[SpexFeatures, bool]:
        """Image features of a tile (band, y, x), and whether they were kept from before."""
        key = (weakref.ref(self), content_key(pixels))
        kept = self.cache.get(key)
        if kept is not None:
            return kept, True
        features = self.model.encode(**self.tensors(pixels))
        start = self.processor.beginning(features.size)
        features.begun = self.model.begin(features, self._rows(start)) if len(start) >= BEGUN_FROM else None
        self.cache.put(key, features)
        return features, False

    def tensors(self, pixels: xr.DataArray) -> dict[str, torch.Tensor]:
        """What the network reads of a tile (band, y, x), as `SpexForExtraction.encode` takes it."""
        batch = self.processor.images(
            [np.where(np.isfinite(pixels.values), pixels.values, np.nan)],
            wavelengths=[pixels["wavelength"].values.tolist()],
            pixel_size=[pixels.attrs.get("pixel_size_m")],
            indices=[index_stack(pixels)] if self.model.config.indices else None,
        ).to(self.model.device)
        return {name: self._cast(value) for name, value in batch.items()}

    @torch.inference_mode()
    def segment(self, features: SpexFeatures, question: Question) -> Segment:
        """Mask logits for one question about a tile.

        Parameters
        ----------
        features
            From `encode`.
        question
            From `spexlab.language.question.question_about` the tile.
        """
        ids = self.processor.question(question.text, size=features.size)
        rows, start = self._rows(ids), self.processor.beginning(features.size)
        begun = features.begun if ids[: len(start)] == start else None
        dense = self._cast(self.processor.priors([question.dense], size=features.size).to(self.model.device))
        masks = self.model.segment(features, rows, torch.ones_like(rows), prior=dense, use_cache=True, begun=begun)
        return Segment(masks.logits[0].float().cpu().numpy(), tuple(ids), masks.past_key_values)

    @torch.inference_mode()
    def describe(self, segment: Segment, evidence: str, *, on_text: Callable[[str], None], cancelled: Callable[[], bool]) -> str:
        """Write about a mask, going on where `segment` stopped.

        Parameters
        ----------
        segment
            Its state is used up.
        evidence
            What was measured, in words.
        on_text
            Called with the whole text so far at every token.
        cancelled
            Asked at every token whether to stop.

        Numbers and places are quoted from the evidence (`Quoted`).
        """
        ids = torch.tensor([[*segment.ids, *self.processor.evidence(evidence)]], device=self.model.device)
        stream = _TextStream(self.processor.tokenizer, on_text)
        quoted = Quoted(self.processor.tokenizer, evidence, start=ids.shape[1])
        # Token by token there is too little work to share: a second CPU thread made decoding several times slower.
        with ONE_THREAD if self.model.device.type == "cpu" else nullcontext():
            written = self.model.generate(
                None,
                ids,
                past_key_values=segment.cache,
                max_new_tokens=MAX_WORDS,
                streamer=stream,
                logits_processor=LogitsProcessorList([quoted]),
                stopping_criteria=StoppingCriteriaList([_Asked(cancelled)]),
            )
        return str(self.processor.tokenizer.decode(written[0], skip_special_tokens=True)).strip()

    def _rows(self, ids: Sequence[int]) -> torch.Tensor:
        return torch.tensor([list(ids)], device=self.model.device)

    def _cast(self, tensor: torch.Tensor) -> torch.Tensor:
        # Wavelengths and pixel sizes stay float32: 833 nm has no neighbour within 4 nm in bfloat16.
        return tensor.to(self.model.dtype) if tensor.is_floating_point() and tensor.ndim > 2 else tensor


def _likely(logits: torch.Tensor) -> Any:
    return logits.float().sigmoid().tolist()


def _check_vocabulary(config: Any, name: str) -> None:
    """Refuse a checkpoint of another spexlab at once, rather than when it is asked."""
    kinds = (("finds the targets", tuple(TARGETS), config.targets), ("cuts masks to the limits", LIMITS, config.limits))
    for does, ours, theirs in kinds:
        unknown = sorted(set(theirs) - set(ours))
        if unknown:
            raise ValueError(f"this spexlab {does} {ours}, but {name} also knows {unknown}; update spexlab.")
    indices = tuple(config.indices)
    if indices and indices != MODEL_INDICES:
        raise ValueError(f"this spexlab computes the indices {MODEL_INDICES}, but {name} expects {indices}; update spexlab.")


class _TextStream(BaseStreamer):
    """Hands on the text so far, from the thread that generates."""

    def __init__(self, tokenizer: Any, on_text: Callable[[str], None]) -> None:
        self._tokenizer, self._on_text = tokenizer, on_text
        self._ids: list[int] = []
        self._prompted = False

    def put(self, value: torch.Tensor) -> None:
        """Take the prompt first, then tokens."""
        if not self._prompted:
            self._prompted = True
            return
        self._ids += value.flatten().tolist()
        self._on_text(self._tokenizer.decode(self._ids, skip_special_tokens=True).lstrip())

    def end(self) -> None:
        """Nothing is held back."""


class _Asked(StoppingCriteria):
    """Stops when asked to."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:  # noqa: ARG002
        return torch.full((len(input_ids),), self._cancelled(), dtype=torch.bool, device=input_ids.device)
