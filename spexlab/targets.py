"""Land-cover classes and the targets that an instruction may name: one row a target, which everything else reads.

Codes are those of the label rasters: 0 is unlabelled, 1-9 the classes, 10 cloud or its shadow (never scored), 11 known to be
none of the classes that the raster's label source covers. What people call a target stands in
``language/instructions/targets.toml``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

UNLABELLED = 0
CLOUD = 10
KNOWN_NEGATIVE = 11

COARSE_PIXEL = 8.0
"""Metres from which a pixel is wider than a house: there, "buildings" and "impervious" both mean built-up land."""


class IndexRecipe(NamedTuple):
    """One way to find a target: where sign * (index - threshold) > 0."""

    name: str
    """The index, by its spyndex name."""
    threshold: float
    sign: Literal[1, -1] = 1

    def holds(self, values: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Where index values, of any shape, say that the target is there; nowhere where they are unknown (NaN)."""
        found: NDArray[np.bool_] = self.sign * (values - np.float32(self.threshold)) > 0
        return found


class Sure(NamedTuple):
    """Where an index leaves no doubt about a target."""

    above: float
    """How far beyond the recipe's threshold the target is surely there ..."""
    below: float
    """... and how far below it surely is not."""
    disputed_by: tuple[str, ...] = ()
    """Targets whose own index is as high over the same pixels: what they claim is not sure."""


class Shade(NamedTuple):
    """Where a pixel is as dark and as flat as shaded ground, which passes for a target: its reflectance (0-1) is ..."""

    green: float
    """... below this in the green ..."""
    nir: float
    """... and this in the near infrared ..."""
    swir: float
    """... and this in the short-wave infrared, if the scene has it, ..."""
    flat: float
    """... its near infrared is at least this part of its green ..."""
    dry: float
    """... and so is its short-wave infrared this part, which water swallows, however dark it is."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """All that spexlab knows of a target beside its words."""

    name: str
    colour: str
    """Hexadecimal, of maps and curves."""
    code: int | None = None
    """Of a class, in label rasters; None for a union."""
    members: frozenset[str] = frozenset()
    """Classes that a union is of; a class is its own member."""
    indices: tuple[IndexRecipe, ...]
    """The first whose bands a scene has is used. None works on visible bands alone."""
    textbook: tuple[IndexRecipe, ...]
    """What textbooks say of them."""
    removed: tuple[IndexRecipe, ...] = ()
    """Where the first of these that the bands allow holds, the target cannot be, whatever its index says; "N" is the NIR itself."""
    bright: bool = False
    """Whether it is brighter than most, which is what is left to try in plain colour."""
    sure: Sure | None = None
    """None where no index is ever sure."""
    at_coarse: str = ""
    """The union that is seen in its place in pixels wider than a house; the target itself unless told."""
    noun: str = ""
    """In a sentence; the name unless told."""
    plural: bool = False
    alike: str = ""
    """What its index cannot tell from it, with the verb: "other plants have" a high NDVI too."""
    lookalikes: str
    """What passes for it to the eye, in every sensor's pixels. No word here is itself a target's name: a text that names one makes
    a claim about it."""
    shade: Shade | None = None
    """What of `lookalikes` the reflectance level tells: shadow; None where no shadow passes for it."""
    words: tuple[str, ...] = ()
    """What people call a target of their own; the others' words stand in ``targets.toml``."""
    instruction_weight: float = 1.0
    """How often an instruction names it, relative to the others: what people ask most a little oftener, none under half of that."""
    crop_weight: int = 1
    """How often a training crop asks for it, relative to the others: what people ask most is learnt best."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", self.members or frozenset({self.name}))
        object.__setattr__(self, "at_coarse", self.at_coarse or self.name)
        object.__setattr__(self, "noun", self.noun or self.name)


# Thresholds: the rounded values with the best place-averaged IoU, or near it, over labelled Sentinel-2, Landsat and HLS scenes of
# 10-30 m (up to 63 places; the textbooks' 0 for water and NDBI and 0.3 for NDVI score lower). Snow keeps the 0.4 of Hall et al.
# (1995). Mixed 10-30 m pixels would put VrNIRBI for built-up land at -0.45, single roofs at 1 m at -0.15; -0.3 lies between.
_GREEN = (IndexRecipe("NDVI", 0.15), IndexRecipe("EVI", 0.05))
_BUILT = (IndexRecipe("NDBI", -0.1), IndexRecipe("VrNIRBI", -0.3))
_SNOW = (IndexRecipe("NDSI", 0.4),)
# Water: Xu (2006), McFeeters (1996). Built-up: Zha et al. (2003). Green: the customary NDVI of 0.3.
_TEXTBOOK_WATER = (IndexRecipe("MNDWI", 0.0), IndexRecipe("NDWI", 0.0))
_TEXTBOOK_GREEN = (IndexRecipe("NDVI", 0.3),)
_TEXTBOOK_BUILT = (IndexRecipe("NDBI", 0.0),)
# NDBI, BI and VrNIRBI are high over water too. Roofs and asphalt reach an NDWI of 0 (but no MNDWI of 0), so without SWIR only
# clear water is removed. Water and shade pass the NDSI test; snow is also brighter than 0.11 in the NIR (Hall et al. 1995).
_CLEAR_WATER = (IndexRecipe("MNDWI", 0.0), IndexRecipe("NDWI", 0.1))
_DARK = (IndexRecipe("N", 0.11, -1),)
# Sure is: water at an MNDWI above 0.2, none below -0.3; vegetation at an NDVI above 0.5, none below 0.05; snow at an NDSI above
# 0.6, none below 0.1. Snow is as high in MNDWI as water is. Built-up and bare land have no index that is ever sure.
# Shaded slopes are lit by the sky alone, at 5-20 % of what the sun gives, and keep the shape of their ground's spectrum; water
# swallows the infrared. Over 98 scenes of 10-30 m with labelled water, 13 % of it are as dark, flat and dry, averaged over scenes
# (6 % of all pixels); without asking for dryness it was 17 %, and of some boreal lakes four fifths.
_SHADED = Shade(green=0.05, nir=0.08, swir=0.06, flat=0.8, dry=0.6)
_PLANTS, _SOIL = "other plants have", "dry soil has"

# Hues of Okabe & Ito (2008) and Paul Tol's muted scheme: told apart under the common colour-vision deficiencies, and never
# red against green alone. Unions are darker or lighter relatives of their classes, as both may lie on one map.
_TABLE = (
    Target(name="water", code=1, colour="#0072B2",
           indices=(IndexRecipe("MNDWI", -0.1), IndexRecipe("NDWI", -0.1)), textbook=_TEXTBOOK_WATER,
           sure=Sure(0.3, 0.2, ("snow",)),
           lookalikes="shadows, dark roofs and wet asphalt", shade=_SHADED, instruction_weight=1.4, crop_weight=4),
    Target(name="trees", code=2, colour="#117733",
           indices=(IndexRecipe("NDVI", 0.4), IndexRecipe("EVI", 0.2)), textbook=_TEXTBOOK_GREEN,
           plural=True, alike=_PLANTS, lookalikes="dense shrubs, orchards and tall maize", instruction_weight=1.2, crop_weight=3),
    Target(name="low vegetation", code=3, colour="#DDCC77",
           indices=_GREEN, textbook=_TEXTBOOK_GREEN,
           alike=_PLANTS, lookalikes="young or harvested crops and sparse woods"),
    Target(name="cropland", code=4, colour="#E69F00",
           indices=_GREEN, textbook=_TEXTBOOK_GREEN,
           alike=_PLANTS, lookalikes="meadows, lawns and fallow fields"),
    Target(name="buildings", code=5, colour="#D55E00", at_coarse="built-up",
           indices=_BUILT, textbook=_TEXTBOOK_BUILT, removed=_CLEAR_WATER, bright=True,
           plural=True, alike=_SOIL, lookalikes="pavement, bright soil and rock", instruction_weight=1.1, crop_weight=2),
    Target(name="impervious", code=6, colour="#882255", at_coarse="built-up",
           indices=_BUILT, textbook=_TEXTBOOK_BUILT, removed=_CLEAR_WATER, bright=True,
           noun="impervious surface", alike=_SOIL, lookalikes="roofs, dry soil and gravel"),
    Target(name="bare", code=7, colour="#999933",
           indices=(IndexRecipe("BI", 0.0), IndexRecipe("VrNIRBI", -0.2)), textbook=(IndexRecipe("BI", 0.0),),
           removed=_CLEAR_WATER, bright=True,
           noun="bare ground", alike="roofs and roads have", lookalikes="roofs, dry grass and harvested fields"),
    Target(name="snow", code=8, colour="#56B4E9",
           indices=_SNOW, textbook=_SNOW, removed=_DARK, bright=True, sure=Sure(0.2, 0.3),
           lookalikes="clouds, salt flats and bright sand", instruction_weight=0.8),
    Target(name="wetland", code=9, colour="#44AA99",
           indices=(IndexRecipe("NDVI", 0.3), IndexRecipe("EVI", 0.15)), textbook=_TEXTBOOK_GREEN,
           alike=_PLANTS, lookalikes="flooded meadows, rice and reeds along ditches", instruction_weight=0.8),
    Target(name="vegetation", members=frozenset({"trees", "low vegetation", "cropland", "wetland"}), colour="#009E73",
           indices=_GREEN, textbook=_TEXTBOOK_GREEN, sure=Sure(0.35, 0.1),
           lookalikes="algae, green roofs and artificial turf", instruction_weight=1.2, crop_weight=4),
    Target(name="built-up", members=frozenset({"buildings", "impervious"}), colour="#CC79A7",
           indices=_BUILT, textbook=_TEXTBOOK_BUILT, removed=_CLEAR_WATER, bright=True,
           noun="built-up land", alike=_SOIL, lookalikes="dry soil, rock and gravel pits", instruction_weight=1.1, crop_weight=2),
)  # fmt: skip

OWN: dict[str, Target] = {}
"""Name -> what somebody taught by examples in this process; see `add_target`."""


class _Targets(dict[str, Target]):
    """The targets of the table, which are all that checkpoints and labels know; a look-up by name finds own ones, too."""

    def __missing__(self, name: str) -> Target:
        return OWN[name]


TARGETS: dict[str, Target] = _Targets((target.name, target) for target in _TABLE)
"""Name -> what can be asked for: the classes, then unions of them."""
CLASSES: dict[str, int] = {target.name: target.code for target in _TABLE if target.code is not None}
"""Class -> its code in label rasters."""
COLOURS: dict[str, str] = {target.name: target.colour for target in _TABLE}
"""Target -> its colour."""


def add_target(target: Target) -> None:
    """Make a target of somebody's own known by its name; one of the same name gives way to it."""
    OWN[target.name], COLOURS[target.name] = target, target.colour


def target_names() -> tuple[str, ...]:
    """All names, in the order in which answers list them: those of the table, then own ones."""
    return (*TARGETS, *OWN)


def label_codes(target: str) -> list[int]:
    """Codes in a label raster that are the target."""
    return [CLASSES[name] for name in TARGETS[target].members]


class UnknownTargetError(ValueError):
    """An instruction names nothing that can be extracted.

    Parameters
    ----------
    instruction : str
        What was asked, kept as `.instruction`.
    targets : iterable of str, optional
        What can be asked, kept as the tuple `.targets`; all of `TARGETS` unless told.
    suggestion : str, optional
        What may have been meant, kept as `.suggestion`.
    goes_on : bool, optional
        Whether it only makes sense after another, of which there is none.
    """

    def __init__(
        self, instruction: str, targets: Iterable[str] = tuple(TARGETS), suggestion: str = "", *, goes_on: bool = False
    ) -> None:
        self.instruction, self.targets, self.suggestion, self.goes_on = instruction, tuple(targets), suggestion, goes_on
        asked = instruction if len(instruction) <= 80 else instruction[:77] + "..."
        meant = f"; did you mean {suggestion!r}?" if suggestion else ";"
        known = f"{'W' if suggestion else 'w'}hat can be asked: {', '.join(self.targets)}"
        alone = ", which goes on from an answer that is not there: say what of, or give `previous`" if goes_on else ""
        super().__init__(f"nothing to extract was named in {asked!r}{alone}{meant} {known}")

    def __reduce__(self) -> tuple[Any, tuple[str, tuple[str, ...], str]]:
        """Rebuild from all arguments: a Dask worker pickles its errors, and `Exception` would replay the message alone."""
        return partial(type(self), goes_on=self.goes_on), (self.instruction, self.targets, self.suggestion)
