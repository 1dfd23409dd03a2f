"""Instructions in store, so that one can be found that a picture can answer."""

import random
from collections.abc import Collection
from functools import lru_cache

from spexlab.language.instructions import Instruction, draw_instruction
from spexlab.spie.samples import KINDS, SampleKind, kind_of

SIZE = 10_000
"""Instructions in store: far more than a set has samples, so that hardly a text repeats."""


class InstructionPool:
    """Instructions drawn once, by kind.

    Parameters
    ----------
    seed : int
        The same seed gives the same store.
    """

    def __init__(self, seed: int) -> None:
        rng = random.Random(f"{seed} instructions")
        drawn = [draw_instruction(rng) for _ in range(SIZE)]
        asked = [(frozenset((*one.include, *one.exclude)), one) for one in drawn]
        self._by_kind = {kind: [pair for pair in asked if kind_of(pair[1], present=True) == kind] for kind in KINDS}
        self._by_kind["absent"] = self._by_kind["one target"] + self._by_kind["limit"]

    def some(self, kind: SampleKind, rng: random.Random, *, count: int, known: Collection[str]) -> list[Instruction]:
        """Draw up to `count` different instructions of a kind that name nothing but `known` targets."""
        known = frozenset(known)
        fitting = [one for named, one in self._by_kind[kind] if named <= known]
        return rng.sample(fitting, min(count, len(fitting)))


@lru_cache(maxsize=2)
def shared_pool(seed: int) -> InstructionPool:
    """The store of a seed, drawn once a process."""
    return InstructionPool(seed)
