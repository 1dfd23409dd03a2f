"""What the model makes of one window: its pixels encoded, its targets asked for; the same here and on a cluster's workers."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spexlab.extraction.calibration import Cut
from spexlab.extraction.engine import Engine, Segment
from spexlab.extraction.threads import ONE_THREAD
from spexlab.extraction.windows import Tile, Window
from spexlab.language.question import question_about


@dataclass(frozen=True, eq=False)
class Seen:
    """A window with its features."""

    window: Window
    tile: Tile
    features: Any
    """None where the window holds no data: nothing was encoded."""
    reused: bool
    """Whether the features were kept from before."""


class Looked(NamedTuple):
    """What was found in some windows by one CPU thread."""

    values: list[NDArray[np.float32]]
    """For each window (T, h, w) probabilities."""
    reused: list[bool]
    """For each window: were its features kept from before?"""
    seconds: dict[str, float]
    """Spent by stage."""


def look(
    engine: Engine, cuts: Mapping[str, Cut], tiles: Iterable[tuple[Window, Tile]], *, check: Callable[[], None] = lambda: None
) -> Looked:
    """Look at windows one after another, in one CPU thread; `check` is called before each target and may raise to stop."""
    found = Looked([], [], {"encode": 0.0, "mask": 0.0})
    begun = time.perf_counter()
    with ONE_THREAD:
        for window, tile in tiles:
            seen = see(engine, tile, window)
            encoded = time.perf_counter()
            found.values.append(answer(engine, cuts, seen, check=check)[0])
            if seen.features is not None:
                found.reused.append(seen.reused)
            found.seconds["encode"] += encoded - begun
            begun = time.perf_counter()
            found.seconds["mask"] += begun - encoded
    return found


def see(engine: Engine, tile: Tile, window: Window) -> Seen:
    """Encode a tile; `window` is the part of it that was asked for, of which no other keeps the place."""
    if tile.empty[tile.inside].all():
        return Seen(window, tile, None, reused=True)
    return Seen(window, tile, *engine.encode(tile.pixels))


def answer(
    engine: Engine, cuts: Mapping[str, Cut], seen: Seen, *, check: Callable[[], None] = lambda: None
) -> tuple[NDArray[np.float32], dict[str, Segment]]:
    """Probabilities (T, h, w) of the targets in a window, NaN without data, and what words about them go on from.

    `check` is called before each target and may raise to stop.
    """
    if seen.features is None:
        return np.full((len(cuts), seen.window.height, seen.window.width), np.nan, dtype=np.float32), {}
    segments = {}
    for target in cuts:
        check()
        segments[target] = _segment(engine, seen, target)
    likely = np.stack([cut.probability(segments[target].logits) for target, cut in cuts.items()])
    likely[:, seen.tile.empty] = np.nan
    return likely[:, *seen.tile.inside], segments


def _segment(engine: Engine, seen: Seen, target: str) -> Segment:
    """Ask for one target in a window, with what the index knows about it there; one of somebody's own has a head of its own."""
    own = engine.own.get(target)
    if own is not None:
        return Segment(own.logits(seen.tile.pixels), (), None)
    return engine.segment(seen.features, question_about(seen.tile.pixels, target))
