"""What the model makes of one window: its pixels encoded, its targets asked for; the same here and on a cluster's workers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spexlab.extraction.calibration import Cut
from spexlab.extraction.engine import Engine, Segment
from spexlab.extraction.windows import Tile, TileReader, Window
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


def see(engine: Engine, reader: TileReader, window: Window) -> Seen:
    """Read a window on the grid of the reader's scene, and encode it."""
    tile = reader.read(window)
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
