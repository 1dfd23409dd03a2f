"""A stand-in for a checkpoint: the spectral index is its eye, a list of nouns its mind."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from spexlab.evidence.limits import LIMITS
from spexlab.extraction.calibration import Calibration
from spexlab.extraction.scorecard import Scorecard
from spexlab.extraction.spex import Spex
from spexlab.language.question import Question
from spexlab.language.reading import Interpretation
from spexlab.targets import TARGETS


class FakeSegment:
    def __init__(self, logits: np.ndarray, question: str) -> None:
        self.logits, self.question = logits, question


class FakeSpex(Spex):
    """Answers like `spexlab.extraction.Spex`, deterministically and at once.

    The logits are ten times the index's distance from its threshold; `doubt` is taken off towards the tile's edges, where a real
    model knows the least. "not X" leaves X out; a limit is heard where its name stands.
    """

    name, checkpoint, targets, window, abreast = "fake", "0" * 64, tuple(TARGETS), 32, 1

    def __init__(self, window: int = 32, *, doubt: float = 0.0, text: Callable[[str], str] | None = None) -> None:
        self.window, self.doubt = window, doubt
        self.write = text or (lambda evidence: f"I was told: {evidence}")
        self.encoded: list[xr.DataArray] = []
        self.questions: list[str] = []
        self.calibration, self.scorecard = Calibration({}), Scorecard()
        self.asked = 0
        self._seen: set[bytes] = set()

    def interpret(self, texts: Sequence[str]) -> list[Interpretation]:
        return [self._heard(text) for text in texts]

    def _heard(self, text: str) -> Interpretation:
        exclude = tuple(name for name in TARGETS if f"not {name}" in text)
        include = tuple(name for name in TARGETS if name in text and name not in exclude)
        limits = tuple(name for name in LIMITS if re.search(rf"(?<![\w-]){name}(?![\w-])", text))
        return Interpretation(include, exclude, {name: float(name in include) for name in TARGETS}, limits)

    def encode(self, pixels: xr.DataArray) -> tuple[xr.DataArray, bool]:
        side = pixels.sizes["y"]
        assert pixels.sizes["x"] == side
        assert side % 32 == 0 or side == self.window  # what fits a scene is a multiple of the coarsest stride
        assert pixels.chunks is None
        key = pixels.values.tobytes()
        known = key in self._seen
        self._seen.add(key)
        if not known:
            self.encoded.append(pixels)
        return pixels, known

    def segment(self, features: xr.DataArray, question: Question) -> FakeSegment:
        self.questions.append(question.text)
        self.asked += 1
        side = np.abs(np.linspace(-1.0, 1.0, features.sizes["y"], dtype=np.float32))
        edge = np.maximum(side[:, None], side[None, :])
        base = np.full(features.shape[1:], -1.0, np.float32) if question.dense is None else 10.0 * question.dense
        return FakeSegment((base - self.doubt * edge).astype(np.float32), question.text)

    def describe(
        self,
        segment: FakeSegment,  # noqa: ARG002 - this one has nothing to go on from
        evidence: str,
        *,
        on_text: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> str:
        words = self.write(evidence).split(" ")
        for count in range(1, len(words) + 1):
            if cancelled():
                return " ".join(words[: count - 1])
            on_text(" ".join(words[:count]))
        return " ".join(words)
