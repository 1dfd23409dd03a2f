"""Points of a scene at which somebody says what is there: drawn at random or picked, and walked through one by one."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.scene.grid import LONLAT, crs_of
from widgets.map.mercator import corners_of, turned

if TYPE_CHECKING:
    from spexlab.evaluation.assessment import Judged
    from spexlab.extraction import Extraction

Said = Literal["yes", "no", "unsure", ""]
BY_HAND = "some of the points were picked by hand, not drawn at random."
OTHER_MASK = "the mask is another one than when the points were drawn; draw anew for an estimate."


@dataclass(frozen=True)
class Spot:
    """A point in area coordinates: longitude and latitude, or pixels."""

    x: float
    y: float
    said: Said = ""
    """Whether the target is there; "" while nobody has said so."""


class Walk:
    """The points of one target in one scene."""

    def __init__(self) -> None:
        self.spots: list[Spot] = []
        self.at = 0
        """Number of the point that is asked about; as many as there are points once all were."""
        self._mask: NDArray[np.bool_] | None = None
        self._picked = False

    @property
    def current(self) -> Spot | None:
        """The point that is asked about; None where there is none, or no more."""
        return self.spots[self.at] if self.at < len(self.spots) else None

    @property
    def drawn(self) -> bool:
        """Whether the points were drawn at random."""
        return self._mask is not None

    def draw(self, extraction: "Extraction", target: str, *, number: int, seed: int) -> None:
        """Draw points at random, half of them within the mask and half outside, in an order that does not tell which.

        Parameters
        ----------
        extraction : Extraction
            Whose mask; only what was looked at is drawn from.
        target : str
            Of which target.
        number : int
            Of points.
        seed : int
            The same seed draws the same points.
        """
        from spexlab.evaluation.assessment import OTHER, draw_samples

        mask = extraction.mask.sel(target=target, drop=True)
        drawn = draw_samples(mask.where(extraction.looked_at), classes=(OTHER, target), per_class=max(1, number // 2), seed=seed)
        shuffled = drawn.sample(frac=1, random_state=seed)
        self.spots = [Spot(x, y) for x, y in _in_area_coordinates(shuffled, mask)]
        self.at, self._picked, self._mask = 0, False, np.asarray(mask.values)

    def pick(self, x: float, y: float) -> None:
        """Ask about a point that somebody points at."""
        self.spots.append(Spot(x, y))
        self.at, self._picked = len(self.spots) - 1, True

    def say(self, said: Said) -> None:
        """Answer for the point that is asked about, and go on to the next one."""
        if self.current is not None:
            self.spots[self.at] = replace(self.current, said=said)
            self.at += 1

    def back(self) -> None:
        """Ask about the point before once more."""
        self.at = max(0, self.at - 1)

    def judge(self, extraction: "Extraction", target: str) -> "Judged | None":
        """Judge a mask by what was said so far; None while nothing was."""
        from spexlab.evaluation.assessment import OTHER, judge_samples

        told = [spot for spot in self.spots if spot.said in {"yes", "no"}]
        if not told:
            return None
        mask = extraction.mask.sel(target=target)
        points = gpd.points_from_xy([spot.x for spot in told], [spot.y for spot in told])
        classes = [target if spot.said == "yes" else OTHER for spot in told]
        crs = None if crs_of(mask) is None else LONLAT
        samples = gpd.GeoDataFrame({"class": classes}, geometry=points, crs=crs)
        return judge_samples(extraction, samples, target=target, trouble=self._trouble(mask))

    def _trouble(self, mask: xr.DataArray) -> str:
        if self._picked or self._mask is None:
            return BY_HAND
        return "" if np.array_equal(self._mask, mask.values) else OTHER_MASK


def _in_area_coordinates(points: gpd.GeoDataFrame, mask: xr.DataArray) -> list[tuple[float, float]]:
    placed = points.geometry if points.crs is None else points.geometry.to_crs(LONLAT)
    x = placed.x.to_numpy() if points.crs is None else turned(placed.x.to_numpy(), corners_of(mask))
    return list(zip(x.tolist(), placed.y.tolist(), strict=True))
