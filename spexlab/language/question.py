"""The one way from a target and a tile to what SPEX is asked: the words of SPIE, and the index map beside them.

Training, validation, evaluation and extraction all ask through here, so that a model is never asked in another way than it learnt.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.prior import Prior, spectral_prior
from spexlab.evidence.regions import Region, RegionAttributes, find_regions
from spexlab.language.instructions import named_target

LISTED = 10
"""Regions that a question lists at most, as the released questions do."""

_QUESTION = (
    "<image>\nBased on the provided image and the attributes of the {target} regions, "
    "please provide a detailed description of them:"
)
_ASKED = re.compile(r"attributes of the (?P<target>.+?) regions")


@dataclass(frozen=True, eq=False)
class Question:
    """What SPEX is asked about one target in one tile."""

    target: str
    prior: Prior | None
    """What the target's index says; None where the bands allow none."""
    regions: tuple[Region, ...]
    """The largest regions that the index found; none without an index."""

    @property
    def text(self) -> str:
        """The words of SPIE."""
        return spie_question(self.target, self.regions, index=self.prior.index if self.prior else None)

    @property
    def dense(self) -> NDArray[np.float32] | None:
        """(H, W) signed distance of the index from its threshold, for the mask decoder; None without an index."""
        return self.prior.signed if self.prior else None


def question_about(tile: xr.DataArray, target: str, *, listed: int = LISTED) -> Question:
    """Ask about a target in a tile (band, y, x) of reflectance, with what its index finds there."""
    return question_from(target, spectral_prior(tile, target), listed=listed)


def question_from(target: str, prior: Prior | None, *, listed: int = LISTED) -> Question:
    """Ask about a target of which the prior is known already."""
    regions = find_regions(prior.mask, prior.values, limit=listed) if prior else ()
    return Question(target, prior, tuple(regions))


def spie_question(
    target: str,
    regions: Sequence[RegionAttributes],
    *,
    index: str | None = None,
    statistics: bool = True,
) -> str:
    """Write the question of a SPIE sample.

    Parameters
    ----------
    target : str
        What the regions are of.
    regions : sequence of Region or RegionAttributes
        In the order of the text.
    index : str, optional
        Name of the index that the regions' means are of.
    statistics : bool
        Write the index and its means after the released keys; False gives the released text, byte for byte.

    Returns
    -------
    str
        The image mark, the released sentence, and the `str` of a list of dicts; coordinates to 3 digits, means to 2.
    """
    return _QUESTION.format(target=target) + str([_region_words(region, index if statistics else None) for region in regions])


def target_of(text: str) -> str | None:
    r"""Read a target back from the words of SPIE, or from an instruction in its place; None where it cannot be told.

    Examples
    --------
    >>> target_of("<image>\nBased on the provided image and the attributes of the woodland regions, please provide ...")
    'trees'
    >>> target_of("<image>\nWhere are the lakes?")
    'water'
    """
    asked = _ASKED.search(text)
    return named_target(asked["target"] if asked else text.partition("[")[0])


def parse_regions(text: str) -> list[RegionAttributes]:
    """Read the regions back from a question, however its beginning and end look.

    Raises
    ------
    ValueError
        If there is no list of regions in the text, or one lacks an attribute.
    """
    listed = text[text.find("[") : text.rfind("]") + 1]
    try:
        return [_read_region(words) for words in ast.literal_eval(listed)]
    except (SyntaxError, ValueError, TypeError, KeyError, AttributeError, MemoryError, RecursionError) as error:
        raise ValueError(
            "the text must hold a list of regions such as [{'Size of area': 'small', 'Centroid': [0.5, 0.5], ...}], "
            f"but this was found: {listed[:80]!r}"
        ) from error


def _region_words(region: RegionAttributes, index: str | None) -> dict[str, Any]:
    words: dict[str, Any] = {
        "Size of area": region.size,
        "Centroid": [round(v, 3) for v in region.centroid],
        "Location": region.location,
        "Bounding box": [[round(v, 3) for v in corner] for corner in region.box],
    }
    if index is not None:
        words["Index"] = index
        means = {"Mean inside": region.mean_inside, "Mean around": region.mean_around}
        words |= {key: _two_digits(mean) for key, mean in means.items() if mean is not None}
    return words


def _read_region(words: dict[str, Any]) -> RegionAttributes:
    x, y = words["Centroid"]
    a, b, c, d = ((float(px), float(py)) for px, py in words["Bounding box"])
    inside, around = words.get("Mean inside"), words.get("Mean around")
    return RegionAttributes(
        centroid=(float(x), float(y)),
        location=str(words["Location"]),
        box=(a, b, c, d),
        size=str(words["Size of area"]),
        mean_inside=None if inside is None else float(inside),
        mean_around=None if around is None else float(around),
    )


def _two_digits(mean: float) -> float:
    return round(mean, 2) + 0.0  # no "-0.0"
