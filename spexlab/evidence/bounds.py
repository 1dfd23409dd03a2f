"""What an index must be where a word says so of a target: "dense forest", "dry grass", "bright roofs".

NDVI: sparse vegetation and senescing crops lie at about 0.2 to 0.5, dense vegetation at about 0.6 to 0.9 (USGS, "NDVI, the
Foundation for Remote Sensing Phenology"); what is called green here is above the first range. Gao (1996) found the like
of NDMI, with 1.24 micrometres where Landsat and Sentinel-2 have 1.6, positive over green and negative over dry vegetation. BIXS is
the root mean square of green and red; asphalt reflects 0.05 to 0.20, concrete up to 0.35 (Oke 1987, Boundary Layer Climates).
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_PLANTS = frozenset({"trees", "low vegetation", "cropland", "wetland", "vegetation"})
_PALE = frozenset({"buildings", "impervious", "bare", "built-up"})
_USGS = "USGS, Remote Sensing Phenology"


@dataclass(frozen=True)
class Bound:
    """What an index must be in every pixel of a mask: NDVI above 0.6."""

    index: str
    """By its spyndex name."""
    op: Literal["<", ">"]
    value: float
    words: str = field(default="", compare=False)
    """As the instruction has it."""

    def holds(self, values: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which pixels fulfil it, by their index values; none where these are unknown (NaN)."""
        with np.errstate(invalid="ignore"):
            found: NDArray[np.bool_] = values > self.value if self.op == ">" else values < self.value
        return found

    def __str__(self) -> str:
        return f"with {'an' if self.index[0] in 'EN' else 'a'} {self.index} {'above' if self.op == '>' else 'below'} {self.value:g}"


@dataclass(frozen=True)
class Appearance:
    """A word for how a target looks to a sensor, and what is meant by it."""

    bound: Bound
    targets: frozenset[str]
    """Of what it is said."""
    source: str
    """Where the bound is from."""
    english: tuple[str, ...]
    chinese: tuple[str, ...]


QUALITIES: dict[str, Appearance] = {
    "green": Appearance(
        Bound("NDVI", ">", 0.5), _PLANTS, _USGS, ("green", "greenest", "lush", "verdant"), ("绿色", "翠绿", "青翠")
    ),
    "dense": Appearance(
        Bound("NDVI", ">", 0.6), _PLANTS, _USGS, ("dense", "densely", "thick", "thickly"), ("茂密", "浓密", "密集")
    ),
    "sparse": Appearance(Bound("NDVI", "<", 0.5), _PLANTS, _USGS, ("sparse", "sparsely", "thin", "thinly", "patchy"), ("稀疏",)),
    "dry": Appearance(
        Bound("NDMI", "<", 0.0), _PLANTS, "Gao 1996", ("dry", "dried", "parched", "withered", "wilted"), ("干枯", "枯黄", "干燥")
    ),
    "bright": Appearance(
        Bound("BIXS", ">", 0.2), _PALE, "Oke 1987", ("bright", "pale", "light-coloured", "light-colored"), ("明亮", "浅色")
    ),
}
"""Name -> what is meant."""


def quality_of(word: str) -> Appearance | None:
    """What a word in lower case means; None where it is none of `QUALITIES`."""
    return next((one for one in QUALITIES.values() if word in one.english or word in one.chinese), None)


def source_of(bound: Bound) -> str:
    """Where a bound is from; "" where somebody chose it."""
    return next((one.source for one in QUALITIES.values() if one.bound == bound), "")


def applies(bound: Bound, target: str) -> bool:
    """Whether a target can be asked for by its index."""
    return any(target in one.targets for one in QUALITIES.values() if one.bound.index == bound.index)
