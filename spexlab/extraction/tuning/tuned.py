"""A spectral index tuned by hand: at this threshold, these pixels, these regions, and these words of SPIE.

What `spexlab.IndexLab` shows, as a plain function: SPIE's prompt is made of exactly these numbers.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.measurement import Measurement, measure
from spexlab.evidence.prior import Prior, spectral_prior
from spexlab.evidence.regions import Region
from spexlab.language.question import Question, parse_regions, question_from
from spexlab.scene import check_scene
from spexlab.scene.area import Area, AreaLike
from spexlab.scene.drawing import round_length
from spexlab.scene.ground import pixel_areas
from spexlab.targets import TARGETS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BINS = 72
_TAILS = (0.3, 99.7)  # per cent: ratios run to infinity, and one wild pixel would leave a single bar


@dataclass(frozen=True, eq=False)
class TunedIndex:
    """What one index, cut at one threshold, says about one target in an area."""

    prior: Prior
    """Index values and mask on the grid of `scene`; unknown outside the area."""
    asked: Question
    """What SPEX would be asked: the largest regions of the mask, at most ten, and SPIE's words for them."""
    measurement: Measurement
    """Share, area, and the mean index inside and around the mask."""
    scene: xr.DataArray
    """The scene (band, y, x) cut to the area's bounding box."""

    @property
    def regions(self) -> tuple[Region, ...]:
        """The largest regions of the mask, at most ten; fractions are of `scene`."""
        return self.asked.regions

    @property
    def question(self) -> str:
        """SPIE's words for these regions, as SPEX reads them."""
        return self.asked.text

    @property
    def table(self) -> pd.DataFrame:
        """The regions as the words have them, read back from `question` to the digit; the size words stand for `pixels`."""
        said = parse_regions(self.question)
        rows = [
            {
                "pixels": region.pixels,
                "size": words.size,
                "x": words.centroid[0],
                "y": words.centroid[1],
                "location": words.location,
                "box": words.box,
                "inside": words.mean_inside,
                "around": words.mean_around,
            }
            for region, words in zip(self.regions, said, strict=True)
        ]
        columns = ["pixels", "size", "x", "y", "location", "box", "inside", "around"]
        return pd.DataFrame(rows, columns=columns, index=pd.RangeIndex(1, len(rows) + 1, name="region"))

    @property
    def mask(self) -> xr.DataArray:
        """(y, x) bool on the grid of `scene`."""
        return self.scene.isel(band=0, drop=True).copy(data=self.prior.mask)

    @cached_property
    def step(self) -> float:
        """A round step of the threshold, of which some hundreds span the pixels' values."""
        low, high = np.nanpercentile(self.prior.values, _TAILS)
        return round_length(max(float(high - low), 1e-6) / 250)

    @cached_property
    def span(self) -> tuple[float, float]:
        """Lowest and highest index value worth drawing: nearly all pixels, and the threshold; multiples of `step`."""
        low, high = (float(value) for value in np.nanpercentile(self.prior.values, _TAILS))
        margin, limit = max(0.03 * (high - low), 5 * self.step), self.prior.threshold
        low, high = low - margin, high + margin
        # Only a threshold beyond the pixels moves an end: otherwise a slider would shrink while it is dragged.
        low, high = limit - margin if limit < low else low, limit + margin if limit > high else high
        return self.step * math.floor(low / self.step), self.step * math.ceil(high / self.step)

    def histogram(self) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Count pixels by index value: counts (`BINS`), edges (`BINS` + 1); the threshold is an edge, no bar has two sides."""
        (low, high), limit = self.span, self.prior.threshold
        below = min(max(round(BINS * (limit - low) / (high - low)), 1), BINS - 1)
        edges = np.concatenate([np.linspace(low, limit, below + 1), np.linspace(limit, high, BINS - below + 1)[1:]])
        known = self.prior.values[np.isfinite(self.prior.values)]
        counts, _ = np.histogram(known, bins=edges)
        return counts, edges

    def plot(self) -> "Figure":
        """Draw the mask with its numbered regions over the scene, and the histogram with the threshold."""
        from spexlab.extraction.tuning.figure import draw

        return draw(self.scene, self.prior, measurement=self.measurement, regions=self.regions, histogram=self.histogram())


def tune_index(
    scene: xr.DataArray,
    target: str,
    *,
    index: str | None = None,
    threshold: Literal["fixed", "otsu"] | float = "fixed",
    sign: Literal[1, -1] | None = None,
    area: AreaLike | None = None,
) -> TunedIndex:
    """Find a target by an index and a threshold, and put the result into SPIE's words.

    `extract` asks in the same words, window by window, with the recipe's index and threshold.

    Parameters
    ----------
    scene : xarray.DataArray
        (band, y, x) reflectance 0-1.
    target : str
        One of `spexlab.targets.TARGETS`.
    index : str, optional
        Any of `spexlab.evidence.prior.available_indices(scene)`; the target's first recipe that the bands allow unless told.
    threshold : {"fixed", "otsu"} or float
        The recipe's, Otsu's (1979) for the pixels in the area, or a number.
    sign : {1, -1}, optional
        1 if the target lies above the threshold, -1 if below; the recipe's unless told, 1 for other indices.
    area : optional
        Where to look, in any form of `spexlab.scene.area.AreaLike`. Default: the whole scene.

    Raises
    ------
    ValueError
        If the scene, target, index, threshold or area cannot be used, or the index is known nowhere in the area.
    """
    part = _looked_at(check_scene(scene), None if area is None else Area.of(area))
    prior = spectral_prior(part, target, index=index, threshold=threshold, sign=sign)
    if prior is None:
        names = ", ".join(recipe.name for recipe in TARGETS[target].indices)
        raise ValueError(f"the scene's bands allow no recipe for {target} ({names}); name one of available_indices(scene)")
    valid = np.isfinite(prior.values)
    if not valid.any():
        raise ValueError(f"{prior.index} is known for no pixel of the area; draw it where the scene has data")
    measurement = measure(prior.mask, target=target, valid=valid, prior=prior, pixel_area=pixel_areas(part))
    return TunedIndex(prior, question_from(target, prior), measurement, part)


def _looked_at(scene: xr.DataArray, area: Area | None) -> xr.DataArray:
    """The scene cut to the area, unknown outside it."""
    if area is None:
        return scene.compute()
    part = area.clip(scene).compute()
    return part.where(area.mask(part)).assign_attrs(part.attrs)
