"""Where a mask is cut: logits to probability, and the probability from which a pixel belongs to a target.

A calibration belongs to a checkpoint and stands in its configuration. It depends on the target, on the width of the pixels, in
which a target may be a part only, and on the bands, without which the network is less sure. Extraction, validation and evaluation
all cut by it; `spexlab.training.calibration` chooses it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.scene import band_set, pixel_kind

Table = Mapping[str, Mapping[str, Mapping[str, tuple[float, float, float]]]]
"""Kind of pixels -> set of bands -> target -> scale, bias, threshold."""


@dataclass(frozen=True)
class Cut:
    """How a target's logits become a probability, ``sigmoid(scale * logit + bias)``, and where it is cut."""

    scale: float = 1.0
    bias: float = 0.0
    threshold: float = 0.5
    """A pixel belongs to the target if its probability is above."""
    own: float | None = None
    """The checkpoint's threshold, which it was evaluated at, where somebody chose another."""

    @property
    def by_hand(self) -> bool:
        """Whether somebody chose the threshold."""
        return self.own is not None

    @property
    def own_threshold(self) -> float:
        """The checkpoint's threshold."""
        return self.threshold if self.own is None else self.own

    def probability(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probability (0-1) of logits, of any shape."""
        # Through tanh, which does not overflow.
        values: NDArray[np.float32] = 0.5 + 0.5 * np.tanh(0.5 * (np.float32(self.scale) * logits + np.float32(self.bias)))
        return values


@dataclass(frozen=True)
class Calibration:
    """The cuts of a checkpoint; what it holds nothing about is cut at one half of the plain probability."""

    table: Table

    def cut(self, target: str, scene: xr.DataArray) -> Cut:
        """The cut for a target in a scene, or a tile of it, by its pixels and bands."""
        known = self.table.get(pixel_kind(scene), {}).get(band_set(scene), {}).get(target)
        return Cut() if known is None else Cut(*known)

    def covers(self, target: str, scene: xr.DataArray) -> bool:
        """Whether the cut was chosen for such pixels and bands."""
        return target in self.table.get(pixel_kind(scene), {}).get(band_set(scene), {})


def check_thresholds(wanted: float | Mapping[str, float] | None, targets: Iterable[str]) -> None:
    """Refuse what is no threshold of any of these targets.

    Raises
    ------
    ValueError
        If a threshold is not between 0 and 1, or is for another target.
    """
    known = list(targets)
    by_target = wanted if isinstance(wanted, Mapping) else {} if wanted is None else dict.fromkeys(["all targets"], wanted)
    strangers = [name for name in by_target if name not in (*known, "all targets")]
    if strangers:
        raise ValueError(
            f"a threshold is for one of {', '.join(known)}, but one for {strangers[0]!r} was given; name one of these."
        )
    for name, value in by_target.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
            raise ValueError(
                f"a threshold is a probability between 0 and 1, but {value!r} was given for {name}; give one, like 0.4."
            )


def with_threshold(cut: Cut, wanted: float | Mapping[str, float] | None, target: str) -> Cut:
    """A cut at the threshold that somebody asks for, of one number or one a target."""
    threshold = wanted.get(target) if isinstance(wanted, Mapping) else wanted
    if threshold is None:
        return cut
    own = cut.own_threshold
    return replace(cut, threshold=float(threshold), own=None if threshold == own else own)
