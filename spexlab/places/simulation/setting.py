"""What kind of place and season is simulated: shares of land, and the materials that grow or are built there."""

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

Climate = Literal["temperate", "mediterranean", "arid", "boreal", "tropical"]
Season = Literal["winter", "spring", "summer", "autumn"]
Style = Literal["houses", "blocks", "industry", "informal"]
Range = tuple[float, float]


@dataclass(frozen=True)
class Theme:
    """A kind of landscape; shares are ranges to draw from."""

    weight: float
    climates: tuple[Climate, ...]
    lakes: Range = (0.0, 0.03)
    """Share of the scene."""
    town: Range = (0.0, 0.05)
    forest: Range = (0.05, 0.3)
    """Share of the dry land, as is the town's."""
    farm: Range = (0.5, 0.9)
    """Share of the open land."""
    bare: Range = (0.0, 0.03)
    """Share of the open land that is no farm."""
    wetland: Range = (0.0, 0.02)
    snow: Range = (0.0, 0.0)
    rivers: tuple[int, int] = (0, 2)
    relief: float = 0.05
    """Strength of the shading of slopes."""
    styles: tuple[Style, ...] = ("houses", "houses", "blocks", "industry")


_ANY: tuple[Climate, ...] = ("temperate", "temperate", "mediterranean", "boreal", "tropical")
THEMES: dict[str, Theme] = {
    "farmland": Theme(3.0, ("temperate", *_ANY), town=(0.01, 0.08), forest=(0.03, 0.3)),
    "lakeland": Theme(
        1.5, ("boreal", "temperate"), lakes=(0.08, 0.35), forest=(0.4, 0.75), farm=(0.3, 0.7), wetland=(0.02, 0.08)
    ),
    "suburb": Theme(
        2.0, (*_ANY, "arid"), lakes=(0.0, 0.05), town=(0.35, 0.8), forest=(0.1, 0.35), farm=(0.2, 0.6), bare=(0.0, 0.15),
        rivers=(0, 1),
    ),
    "city": Theme(
        1.2, (*_ANY, "arid"), lakes=(0.0, 0.06), town=(0.85, 1.0), forest=(0.2, 0.6), farm=(0.0, 0.2), rivers=(0, 1),
        styles=("blocks", "blocks", "houses", "industry"),
    ),
    "coast": Theme(
        1.0, _ANY, lakes=(0.25, 0.6), town=(0.05, 0.4), forest=(0.1, 0.4), farm=(0.2, 0.7), bare=(0.1, 0.5), wetland=(0.0, 0.06)
    ),
    "valley": Theme(
        1.5, ("temperate", "mediterranean", "tropical", "boreal"), town=(0.03, 0.2), forest=(0.2, 0.5), rivers=(1, 3), relief=0.15
    ),
    "dryland": Theme(
        1.4, ("arid", "arid", "mediterranean"), town=(0.0, 0.15), forest=(0.0, 0.06), farm=(0.0, 0.4), bare=(0.4, 0.95), relief=0.12
    ),
    "mountains": Theme(
        1.0, ("temperate", "boreal", "mediterranean"), lakes=(0.0, 0.06), town=(0.0, 0.04), forest=(0.2, 0.5), farm=(0.0, 0.3),
        bare=(0.2, 0.6), snow=(0.05, 0.45), relief=0.3,
    ),
    "marsh": Theme(
        0.8, ("temperate", "boreal", "tropical"), lakes=(0.08, 0.3), forest=(0.1, 0.3), farm=(0.2, 0.6), wetland=(0.12, 0.4),
        rivers=(1, 3),
    ),
    "tropics": Theme(
        1.2, ("tropical",), lakes=(0.0, 0.08), town=(0.0, 0.2), forest=(0.3, 0.8), farm=(0.4, 0.8), bare=(0.0, 0.1),
        styles=("informal", "informal", "houses", "industry"),
    ),
    "township": Theme(
        1.0, ("tropical", "arid", "mediterranean"), town=(0.5, 1.0), farm=(0.1, 0.5), bare=(0.1, 0.5), rivers=(0, 1),
        styles=("informal", "informal", "houses", "blocks"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """One place at one time."""

    theme: str
    climate: Climate
    season: Season
    lakes: float
    town: float
    forest: float
    farm: float
    bare: float
    wetland: float
    snow: float
    rivers: int
    relief: float
    styles: tuple[Style, ...]


def draw_setting(rng: np.random.Generator, extent: float) -> Setting:
    """Draw a place and season; a view of less than a kilometre more often shows a settlement, as people fly there."""
    names = list(THEMES)
    drawn_there = 1.0 + 4.0 * float(np.clip(1.2 - extent / 1000.0, 0.0, 1.0))
    settled = {"suburb", "city", "township"}
    weights = np.array([THEMES[name].weight * (drawn_there if name in settled else 1.0) for name in names])
    theme_name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    theme = THEMES[theme_name]
    climate = theme.climates[int(rng.integers(len(theme.climates)))]
    season = cast("Season", rng.choice(["winter", "spring", "summer", "autumn"], p=[0.1, 0.25, 0.4, 0.25]))

    narrow = float(np.clip(1.0 - extent / 1500.0, 0.0, 0.85))

    def share(bounds: Range) -> float:
        """Draw a share; a narrow view shows nearly all of a kind of land, or nearly nothing."""
        drawn = float(rng.uniform(*bounds))
        if rng.random() < narrow:
            return float(rng.uniform(0.7, 1.0)) if rng.random() < drawn else 0.0
        return drawn

    snow = share(theme.snow)
    if climate == "boreal" and season == "winter" and rng.random() < 0.4:
        snow = share((0.3, 0.8))
    return Setting(
        theme=theme_name,
        climate=climate,
        season=season,
        lakes=share(theme.lakes),
        town=share(theme.town),
        forest=share(theme.forest),
        farm=share(theme.farm),
        bare=share(theme.bare),
        wetland=share(theme.wetland),
        snow=snow,
        rivers=int(rng.integers(theme.rivers[0], theme.rivers[1] + 1)),
        relief=theme.relief,
        styles=theme.styles,
    )


SOILS: dict[Climate, tuple[str, ...]] = {
    "temperate": ("brown soil", "dark soil", "brown soil", "pale soil"),
    "mediterranean": ("pale soil", "brown soil", "red soil"),
    "arid": ("pale soil", "sand", "red soil"),
    "boreal": ("dark soil", "brown soil"),
    "tropical": ("red soil", "brown soil", "dark soil"),
}
BARE: dict[Climate, tuple[str, ...]] = {
    "temperate": ("grey rock", "pale soil", "sand"),
    "mediterranean": ("pale soil", "grey rock", "red rock"),
    "arid": ("sand", "pale soil", "red rock", "grey rock"),
    "boreal": ("grey rock", "brown soil"),
    "tropical": ("red soil", "sand", "brown soil"),
}
ROOFS: dict[str, tuple[str, ...]] = {
    "temperate": ("red tiles", "red tiles", "brown tiles", "bitumen", "gravel roof", "metal roof"),
    "mediterranean": ("red tiles", "red tiles", "brown tiles", "gravel roof", "white roof"),
    "arid": ("gravel roof", "concrete", "white roof", "paving", "brown tiles"),
    "boreal": ("brown tiles", "bitumen", "metal roof", "red tiles"),
    "tropical": ("rusty roof", "metal roof", "blue roof", "brown tiles", "gravel roof", "red tiles"),
    "industry": ("metal roof", "white roof", "gravel roof", "bitumen", "blue roof", "gravel roof"),
    "informal": ("rusty roof", "rusty roof", "metal roof", "brown tiles", "white roof", "blue roof"),
}

Crop = tuple[float, str, str, Range]
"""Weight, material, what shows between the plants ("soil" is the place's), share of that."""

_CROPS: dict[Season, tuple[Crop, ...]] = {
    "winter": (
        (3, "young crop", "soil", (0.2, 0.8)),
        (3, "soil", "stubble", (0.0, 0.3)),
        (2, "stubble", "soil", (0.1, 0.6)),
        (1.5, "green grass", "dry grass", (0.1, 0.6)),
    ),
    "spring": (
        (3, "dense crop", "soil", (0.0, 0.2)),
        (3, "young crop", "soil", (0.1, 0.7)),
        (1, "flowering crop", "dense crop", (0.0, 0.3)),
        (3, "soil", "young crop", (0.0, 0.2)),
        (1, "green grass", "dry grass", (0.0, 0.2)),
    ),
    "summer": (
        (4, "dense crop", "soil", (0.0, 0.35)),
        (3, "ripe crop", "soil", (0.0, 0.25)),
        (1.5, "stubble", "soil", (0.1, 0.5)),
        (1, "soil", "stubble", (0.0, 0.3)),
        (1, "green grass", "dry grass", (0.0, 0.5)),
        (0.4, "flowering crop", "dense crop", (0.0, 0.5)),
    ),
    "autumn": (
        (4, "soil", "stubble", (0.0, 0.4)),
        (2.5, "stubble", "soil", (0.0, 0.5)),
        (2, "young crop", "soil", (0.2, 0.8)),
        (2, "dense crop", "ripe crop", (0.0, 0.6)),
        (1, "green grass", "dry grass", (0.1, 0.6)),
    ),
}
_WARM_CROPS: dict[Climate, tuple[Crop, ...]] = {
    "tropical": (
        (2, "flooded field", "young crop", (0.0, 0.5)),
        (3, "dense crop", "soil", (0.0, 0.3)),
        (2, "young crop", "soil", (0.1, 0.6)),
        (2.5, "soil", "dry grass", (0.0, 0.4)),
        (2, "dry grass", "soil", (0.1, 0.5)),
    ),
    "arid": (
        (3, "dense crop", "soil", (0.0, 0.3)),
        (2, "young crop", "soil", (0.2, 0.7)),
        (4, "soil", "dry grass", (0.0, 0.3)),
        (1, "stubble", "soil", (0.1, 0.5)),
    ),
}


def crops(setting: Setting) -> tuple[Crop, ...]:
    """Return what stands on the fields of this place in this season."""
    return _WARM_CROPS.get(setting.climate, _CROPS[setting.season])


def foliage(setting: Setting) -> tuple[str, str]:
    """Return (broadleaf, conifer) as they look in this season."""
    if setting.climate in {"tropical", "mediterranean", "arid"}:
        return "broadleaf", "shrub" if setting.climate == "arid" else "conifer"
    broadleaf = {"winter": "bare branches", "spring": "broadleaf", "summer": "broadleaf", "autumn": "autumn leaves"}[setting.season]
    return broadleaf, "conifer"


def dryness(setting: Setting) -> Range:
    """Return the share of dry grass to draw from."""
    dry = setting.climate in {"arid", "mediterranean"} and setting.season in {"summer", "autumn"}
    if dry or setting.climate == "arid":
        return 0.5, 1.0
    return {"winter": (0.2, 0.8), "spring": (0.0, 0.2), "summer": (0.0, 0.5), "autumn": (0.1, 0.6)}[setting.season]
