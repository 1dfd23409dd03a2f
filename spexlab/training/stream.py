"""The stream of samples: sample number n is a function of the seed and n alone.

So nothing has to be replayed when a run resumes, several processes see different samples without a word between them, and a batch
that is computed in smaller parts holds what it would have held.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from torch.utils.data import Dataset

from spexlab.training.settings import TrainingSettings

Named = TypeVar("Named")
Made = TypeVar("Made", covariant=True)  # noqa: PLC0105 - the plain word reads best where it is used

_BREAKS = (ValueError, OSError, LookupError, ArithmeticError)
"""What reading or cutting a damaged scene raises."""
_TRIES = 50
"""Broken samples in a row after which it is not the samples that are broken."""


class BrokenSampleError(ValueError):
    """A sample cannot be made; the message names it."""


class Source(Protocol[Named, Made]):
    """Where samples come from."""

    def pick(self, rng: random.Random) -> tuple[str, Named]:
        """Choose what to make a sample of, and say its name."""

    def make(self, chosen: Named, rng: random.Random, shared: random.Random) -> Made:
        """Make a sample; `shared` draws the same for all samples of a step, such as the size of their crops."""


@dataclass(frozen=True, eq=False)
class Drawn(Generic[Made]):
    """A sample, and what was skipped on the way to it."""

    sample: Made
    skipped: tuple[str, ...]
    """One line for each broken sample."""


class SampleStream(Dataset[Drawn[Made]]):
    """All samples of a run, by number.

    Parameters
    ----------
    source
        Where they come from.
    settings
        `seed`, `steps`, `batch_size` and what to do with `broken` samples.
    processes
        Processes that train together: a step takes a batch in each.
    """

    def __init__(self, source: Source[Named, Made], settings: TrainingSettings, *, processes: int = 1) -> None:
        self._source, self._seed, self._skip = source, settings.seed, settings.broken == "skip"
        self._per_step = settings.batch_size * processes
        self._length = settings.steps * self._per_step

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, number: int) -> Drawn[Made]:
        """Draw a sample.

        Raises
        ------
        BrokenSampleError
            If it cannot be made, and broken samples are not to be skipped or are all there is.
        """
        skipped: list[str] = []
        for attempt in range(_TRIES):
            rng = random.Random(f"{self._seed}/{number}/{attempt}")
            shared = random.Random(f"{self._seed}/step {number // self._per_step}")
            name, chosen = self._source.pick(rng)
            try:
                return Drawn(self._source.make(chosen, rng, shared), tuple(skipped))
            except _BREAKS as error:
                reason = f"no sample can be made of {name!r}: {_line(error)}"
                if not self._skip:
                    raise BrokenSampleError(f"{reason}. Mend it, leave it out, or train with broken='skip'.") from error
                skipped.append(reason)
        raise BrokenSampleError(f"{_TRIES} samples in a row were broken. The last: {skipped[-1]}.")


def skipped_in(drawn: Iterable[Drawn[Made]]) -> list[str]:
    """What was skipped on the way to some samples."""
    return [reason for one in drawn for reason in one.skipped]


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
