"""Land-cover classes, the targets that an instruction may name, and the error for anything else.

Codes are those of the label rasters: 0 is unlabelled, 1-9 the classes, 10 cloud or its shadow (never scored), 11 known to be
none of the classes that the raster's label source covers.
"""

from collections.abc import Iterable

CLASSES: dict[str, int] = {
    "water": 1,
    "trees": 2,
    "low vegetation": 3,
    "cropland": 4,
    "buildings": 5,
    "impervious": 6,
    "bare": 7,
    "snow": 8,
    "wetland": 9,
}
UNLABELLED = 0
CLOUD = 10
KNOWN_NEGATIVE = 11

COARSE_PIXEL = 8.0
"""Metres from which a pixel is wider than a house: there, "buildings" and "impervious" both mean built-up land."""

TARGETS: dict[str, frozenset[str]] = {
    **{name: frozenset({name}) for name in CLASSES},
    "vegetation": frozenset({"trees", "low vegetation", "cropland", "wetland"}),
    "built-up": frozenset({"buildings", "impervious"}),
}

# Hues of Okabe & Ito (2008) and Paul Tol's muted scheme: told apart under the common colour-vision deficiencies, and never
# red against green alone. Unions are darker or lighter relatives of their classes, as both may lie on one map.
COLOURS: dict[str, str] = {
    "water": "#0072B2",
    "trees": "#117733",
    "low vegetation": "#DDCC77",
    "cropland": "#E69F00",
    "buildings": "#D55E00",
    "impervious": "#882255",
    "bare": "#999933",
    "snow": "#56B4E9",
    "wetland": "#44AA99",
    "vegetation": "#009E73",
    "built-up": "#CC79A7",
}


class UnknownTargetError(ValueError):
    """An instruction names nothing that can be extracted.

    Parameters
    ----------
    instruction : str
        What was asked, kept as `.instruction`.
    targets : iterable of str, optional
        What can be asked, kept as the tuple `.targets`; all of `TARGETS` unless told.
    """

    def __init__(self, instruction: str, targets: Iterable[str] = tuple(TARGETS)) -> None:
        self.instruction = instruction
        self.targets = tuple(targets)
        asked = instruction if len(instruction) <= 80 else instruction[:77] + "..."
        super().__init__(f"nothing to extract was named in {asked!r}; what can be asked: {', '.join(self.targets)}")

    def __reduce__(self) -> tuple[type["UnknownTargetError"], tuple[str, tuple[str, ...]]]:
        """Rebuild from both arguments: a Dask worker pickles its errors, and `Exception` would replay the message alone."""
        return type(self), (self.instruction, self.targets)
