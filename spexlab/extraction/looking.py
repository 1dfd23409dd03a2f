"""Looking at an area window by window, here or on a cluster: pixels and cuts in, probabilities out as they come."""

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from spexlab.extraction.abreast import abreast
from spexlab.extraction.calibration import Cut
from spexlab.extraction.cluster import current_client, predicted
from spexlab.extraction.engine import Engine, Segment
from spexlab.extraction.events import STAGES, Events
from spexlab.extraction.memory import Forecast, needed_bytes
from spexlab.extraction.seeing import Looked, answer, see
from spexlab.extraction.store import Sink
from spexlab.extraction.view import View
from spexlab.extraction.windows import (
    BLOCK,
    Mosaic,
    TileReader,
    Window,
    in_blocks,
    open_rows,
    overview,
    plan_windows,
    tiling,
    whole_side,
)


@dataclass
class Looking:
    """One area looked at, and what that took."""

    engine: Engine
    view: View
    cuts: Mapping[str, Cut]
    """By target: how its logits become a probability."""
    keep: tuple[str, ...]
    """Targets that words are to be written about."""
    events: Events
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    reused: list[bool] = field(default_factory=list)
    """For each window: were its features kept from before?"""
    states: dict[str, Segment] = field(default_factory=dict)
    """By target, what the words go on from; empty until the only window, or the overview, was read."""

    def windows(self, into: Sink) -> Generator[tuple[Mosaic, Window]]:
        """Put probabilities (T, H, W) where they belong, NaN where the scene has no data; yields each window when it was added."""
        around = self.view.scene.sizes["y"], self.view.scene.sizes["x"]
        size, overlap = tiling(self.view.shape, self.engine.window, scene=around)
        blocks = in_blocks(plan_windows(self.view.shape, size=size, overlap=overlap), side=BLOCK)
        mosaic = Mosaic(into, overlap=overlap, reach=BLOCK + size, inside=self.view.inside)
        begun = time.perf_counter()
        with closing(self._answers(blocks, TileReader(self.view.scene, size=size))) as answers:
            for number, (block, bottom) in enumerate(zip(blocks, open_rows(blocks, self.view.shape[0]), strict=True)):
                for window in block:
                    mosaic.add(window, next(answers))
                    yield mosaic, window
                mosaic.finish(bottom)
                if number == 0 and len(blocks) > 1:
                    self._estimate(sum(map(len, blocks)), (time.perf_counter() - begun) / len(block))
        if not mosaic.known:
            raise ValueError("the area holds no pixel with data; draw it where the scene has some.")

    def _estimate(self, windows: int, each: float) -> None:
        if self.events.estimate is not None:
            needed = needed_bytes(self.view.shape, layers=len(self.cuts), lazy=self.view.lazy)
            self.events.estimate(Forecast(windows, each * windows, needed))

    def _answers(self, blocks: Sequence[Sequence[Window]], reader: TileReader) -> Generator[NDArray[np.float32]]:
        """Probabilities of each window, in order: from a cluster if one is open, or from the threads of this machine."""
        windows = [[window.shifted(*self.view.origin) for window in block] for block in blocks]
        client, every = current_client() if self.view.lazy else None, list(chain.from_iterable(windows))
        if client is not None:
            parts = [reader.part(block) for block in windows]
            return self._from_others(predicted(client, self.engine, self.cuts, parts, size=reader.size), len(every), lanes=1)
        lanes = min(self.engine.abreast, len(every))
        if lanes == 1:
            return self._one_by_one(every, reader)
        tiles = ((window, reader.read(window)) for window in every)
        return self._from_others(
            abreast(self.engine, self.cuts, tiles, lanes=lanes, check=self.events.check), len(every), lanes=lanes
        )

    def _one_by_one(self, windows: Sequence[Window], reader: TileReader) -> Generator[NDArray[np.float32]]:
        count = len(windows)
        for done, window in enumerate(windows):
            self.events.on_stage("encode", done / count)
            with self.timed("encode"):
                seen = see(self.engine, reader.read(window), window)
            if seen.features is not None:
                self.reused.append(seen.reused)
            self.events.on_stage("encode", (done + 1) / count)
            self.events.on_stage("mask", done / count)
            with self.timed("mask"):
                values, segments = answer(self.engine, self.cuts, seen, check=self.events.check)
            if count == 1 and segments:
                self.states = {target: segments[target] for target in self.keep}
            self.events.on_stage("mask", (done + 1) / count)
            yield values

    def _from_others(self, looked: Generator[Looked], count: int, *, lanes: int) -> Generator[NDArray[np.float32]]:
        """What threads or workers find; their seconds are counted as if those that share a machine were one."""
        done = 0
        self.events.on_stage("encode", 0.0)
        with closing(looked):
            for found in looked:
                self.reused += found.reused
                for stage, spent in found.seconds.items():
                    self.seconds[stage] += spent / lanes
                for values in found.values:
                    done += 1
                    self.events.on_stage("encode", done / count)
                    self.events.on_stage("mask", done / count)
                    yield values

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add what is done to the seconds of a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - start

    def read_overview(self) -> None:
        """Many windows have many states; the words go on from one that saw the whole area at once."""
        with self.timed("encode"):
            small = overview(self.view.clipped, size=self.engine.window)
            whole = Window(0, 0, small.sizes["y"], small.sizes["x"])
            side = whole_side((whole.height, whole.width))
            seen = see(self.engine, TileReader(small, size=side).read(whole), whole)
        with self.timed("mask"):
            cuts = {target: self.cuts[target] for target in self.keep}
            self.states = answer(self.engine, cuts, seen, check=self.events.check)[1]
