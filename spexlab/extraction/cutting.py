"""From a probability and a threshold to a mask with all that is measured of it: for a new answer, and for one that is cut anew."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.bounds import Bound
from spexlab.evidence.fulfilled import fulfilled
from spexlab.evidence.limits import keep_limited, part_of
from spexlab.evidence.measurement import Measurement, measure
from spexlab.evidence.neighbours import gaps
from spexlab.evidence.prior import Prior, spectral_index
from spexlab.evidence.shadow import shadow_in
from spexlab.evidence.strips import loaded, strips
from spexlab.extraction.calibration import Cut, check_thresholds, with_threshold
from spexlab.extraction.evidence import TargetEvidence, explained
from spexlab.extraction.findings import Findings
from spexlab.extraction.trust import Background, Trust, assess
from spexlab.language.request import Want
from spexlab.scene.kind import pixel_size

Cuttable = TypeVar("Cuttable", bound=Findings)


@dataclass(frozen=True, eq=False)
class Cutter:
    """What is the same for every threshold of one target."""

    want: Want
    scene: xr.DataArray
    """(band, y, x)."""
    probability: Any
    """(H, W) floats, NaN where nobody looked; in memory or lazy."""
    excluded: Any
    """(H, W) pixels that the instruction leaves out; in memory or lazy."""
    neighbours: Mapping[str, NDArray[np.bool_]]
    """Target -> (H, W) where it is, for those that the regions must be near to, or far from."""
    prior: Prior | None
    background: Background
    pixel_areas: NDArray[np.float32] | None
    """(H, W) square metres; None where there are none."""
    said: NDArray[np.int8] | None = None
    """(H, W) what somebody pointed at: 1 inside, -1 outside, 0 nothing; None where nobody did."""
    corrections: int = 0
    """How often somebody did."""

    @cached_property
    def gaps(self) -> list[NDArray[np.float32]]:
        """(H, W) for each distance that is asked for: how far pixels are from what they must be near to."""
        return [gaps(self.neighbours[near.target], self.scene, near=near) for near in self.want.near]

    @cached_property
    def indices(self) -> list[NDArray[np.float32]]:
        """(H, W) for each bound that is asked for: the values of its index."""
        return [loaded(spectral_index(self.scene, bound.index).data) for bound in self.want.bounds]

    @cached_property
    def ground(self) -> NDArray[np.float32] | None:
        """(H, W) square metres by which regions are chosen: without a CRS, those of the size that pixels are said to have."""
        side = pixel_size(self.scene)
        if self.pixel_areas is not None or side is None:
            return self.pixel_areas
        return np.broadcast_to(np.float32(side**2), self.probability.shape)

    def cut(self, cut: Cut) -> tuple[NDArray[np.bool_], Measurement, Trust]:
        """The mask (H, W) above a threshold, without what is left out, kept to the conditions; and what is true of it."""
        found, known = self._found(cut.threshold)
        target, limits = self.want.target, self.want
        bounded = np.logical_and.reduce([found, *map(Bound.holds, limits.bounds, self.indices)])
        mask = self._obeying(keep_limited(bounded, limits, pixel_areas=self.ground, gaps=self.gaps))
        looked_at = known & part_of((found.shape[0], found.shape[1]), limits)
        measured = measure(mask, target=target, valid=looked_at, prior=self.prior, found=found, pixel_area=self.pixel_areas)
        conditions = fulfilled(mask, limits, pixel_areas=self.ground, gaps=self.gaps, indices=self.indices)
        measured = replace(measured, shadow=shadow_in(mask, self.scene, target=target), conditions=conditions)
        trust = assess(
            mask,
            self.probability,
            measurement=measured,
            cut=cut,
            looked_at=looked_at & ~(found & ~mask),
            prior=self.prior,
            background=self.background,
            corrections=self.corrections,
        )
        return mask, measured, trust

    def _found(self, threshold: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Where (H, W) the probability is above a threshold and nothing is left out, and where it is known."""
        found, known = np.empty(self.probability.shape, bool), np.empty(self.probability.shape, bool)
        for rows in strips(len(found)):
            likely = loaded(self.probability[rows])
            known[rows] = np.isfinite(likely)
            with np.errstate(invalid="ignore"):
                found[rows] = (likely > np.float32(threshold)) & ~loaded(self.excluded[rows])
        return self._obeying(found), known

    def _obeying(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return mask if self.said is None else (mask | (self.said > 0)) & (self.said >= 0)


def cut_at(extraction: Cuttable, thresholds: float | Mapping[str, float]) -> Cuttable:
    """Cut an extraction anew; see `Extraction.cut_at`."""
    check_thresholds(thresholds, extraction.targets)
    cuts = {**extraction.cuts, **{name: with_threshold(extraction.cuts[name], thresholds, name) for name in extraction.targets}}
    cut = replace(extraction, cuts=cuts, provenance=extraction.provenance | cuts_record(cuts))
    return measured_anew(cut, extraction.targets)


def measured_anew(extraction: Cuttable, targets: Iterable[str]) -> Cuttable:
    """Cut the probability of some targets, and measure what comes of it; no model runs, so the words are those of a template."""
    masks, evidence, trust = extraction.mask.values.copy(), list(extraction.evidence), list(extraction.trust)
    for target in targets:
        number = extraction.targets.index(target)
        masks[number], measured, trust[number] = cutter_of(extraction, number).cut(extraction.cuts[target])
        evidence[number] = TargetEvidence.of(measured, "", evidence[number].want, ask=extraction.request.ask)
    return replace(
        extraction,
        mask=extraction.mask.copy(data=masks),
        explanation=explained(extraction.request, evidence),
        evidence=evidence,
        trust=trust,
        provenance=extraction.provenance | {"words": "template"},
    )


def cuts_record(cuts: Mapping[str, Cut]) -> dict[str, object]:
    """What provenance says of the thresholds, in plain values."""
    return {
        "thresholds": {name: cut.threshold for name, cut in cuts.items()},
        "by_hand": [name for name, cut in cuts.items() if cut.by_hand],
    }


def cutter_of(extraction: Findings, number: int) -> Cutter:
    """What cuts the mask of one target, by its place among the targets."""
    one = extraction.evidence[number]
    return Cutter(
        want=one.want,
        scene=extraction.scene,
        probability=extraction.probability.data[number],
        excluded=extraction.excluded.data[number],
        neighbours={str(layer["target"].item()): layer.values for layer in extraction.neighbours},
        prior=extraction.prior(one.target),
        background=extraction.trust[number].background,
        pixel_areas=extraction.pixel_areas,
        said=extraction.said(one.target),
        corrections=sum(made.target == one.target for made in extraction.corrections),
    )
