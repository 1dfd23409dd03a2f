"""What was found: masks, why, how far to trust them, where they came from; and what follows from these alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.limits import part_of
from spexlab.evidence.prior import Prior, spectral_prior
from spexlab.evidence.spectra import class_spectra
from spexlab.extraction.advice import Advice, advise
from spexlab.extraction.calibration import Cut
from spexlab.extraction.corrections import Correction, corrections_words, said_of
from spexlab.extraction.evidence import TargetEvidence
from spexlab.extraction.likeness import PixelLooks
from spexlab.extraction.trust import Trust
from spexlab.language.request import Request
from spexlab.scene.ground import mask_area, pixel_areas

T = TypeVar("T")


@dataclass(frozen=True, eq=False, repr=False)
class Findings:
    """What was found, on the grid of the scene cut to the area's bounding box."""

    mask: xr.DataArray
    """(target, y, x) bool; cut to the limits that the instruction sets ("the largest", "in the north")."""
    probability: xr.DataArray
    """(target, y, x) float32 0-1; NaN outside the area and where the scene has no data."""
    excluded: xr.DataArray
    """(target, y, x) bool; what the instruction leaves out of each mask ("but no cropland")."""
    neighbours: xr.DataArray
    """(target, y, x) bool; where the targets are that the instruction only asks to be near to, or far from; often none."""
    explanation: str
    """What the model says about all targets, after the notes."""
    request: Request
    """What the instruction was understood to want: each target with its conditions, and what was left out."""
    evidence: list[TargetEvidence]
    """For each target what was measured, its explanation, and each claim of it checked."""
    trust: list[Trust]
    """For each target how far to trust its mask, which no check of the words can say."""
    cuts: Mapping[str, Cut]
    """By target, wanted or left out: how logits became the probability, and where it is cut."""
    provenance: dict[str, Any]
    """Model, version, instruction, scene, bands, date; plain values, ready for JSON."""
    seconds: dict[str, float]
    """Time spent in each stage."""
    features_reused: bool
    """Whether no image had to be encoded, as an earlier instruction had asked about the same pixels."""
    scene: xr.DataArray
    """The scene cut to the area's bounding box."""
    corrections: tuple[Correction, ...] = ()
    """What somebody said by pointing, in the order in which it was said."""
    uncorrected: Self | None = None
    """The answer before anything was corrected; None while nothing is."""
    kept: dict[Any, Any] = field(default_factory=dict)
    """What was worked out of the scene, shared by all that is made of one answer."""

    @property
    def notes(self) -> list[str]:
        """Sentences on how the instruction was taken (limited to which part of the area, what was left out), and on corrections."""
        return [*self.request.notes, *corrections_words(self.corrections)]

    @property
    def kept_to(self) -> list[str]:
        """The notes without what was left out, which is `request.incomplete`."""
        return [*self.request.kept_to, *corrections_words(self.corrections)]

    @property
    def targets(self) -> list[str]:
        """Names of the masks, in order."""
        return [str(name) for name in self.mask["target"].values]

    @cached_property
    def looked_at(self) -> xr.DataArray:
        """(y, x) bool: pixels with data in a part of the area that was looked at, for any target."""
        known: xr.DataArray = self.probability[0].notnull()
        parts = [part_of((known.shape[0], known.shape[1]), want) for want in self.request.wants]
        return known.copy(data=known.values & np.logical_or.reduce(parts))

    @property
    def pixel_areas(self) -> NDArray[np.float32] | None:
        """(H, W) square metres; None without a CRS."""
        return self._once("areas", lambda: pixel_areas(self.scene))

    @property
    def looks(self) -> PixelLooks:
        """What the pixels of the scene look like."""
        looks: PixelLooks = self.prepared().kept["looks"]
        return looks

    @property
    def held(self) -> list[NDArray[Any]]:
        """Arrays in memory with which corrections are made: of the answer before them, and of the scene's looks."""
        first = [] if self.uncorrected is None else [self.uncorrected.mask.values, self.uncorrected.probability.values]
        return first + (self.looks.arrays if "looks" in self.kept else [])

    def prepared(self) -> Self:
        """Look at the scene's pixels, which the first correction would otherwise wait for; the answer stays as it is."""
        self._once("looks", lambda: PixelLooks.of(self.scene))
        return self

    def prior(self, target: str) -> Prior | None:
        """What the target's index says; None where the bands allow none."""
        return self._once(("prior", target), lambda: spectral_prior(self.scene, target))

    def said(self, target: str) -> NDArray[np.int8] | None:
        """(H, W) what was said of a target by pointing: 1 inside, -1 outside, 0 nothing; None where nothing was."""
        mine = [one for one in self.corrections if one.target == target]
        return said_of(mine, (self.mask.sizes["y"], self.mask.sizes["x"])) if mine else None

    def _once(self, key: Any, make: Callable[[], T]) -> T:
        if key not in self.kept:
            self.kept[key] = make()
        found: T = self.kept[key]
        return found

    @property
    def advice(self) -> list[Advice]:
        """What to ask next about masks that cover nearly all of the area, or hardly any of it."""
        return [advice for one in self.evidence if (advice := advise(one.measurement))]

    @property
    def spectra(self) -> xr.Dataset:
        """Mean spectra of each target's mask, and of the area "elsewhere": `mean` and `spread` (name, band), `pixels` (name)."""
        masks = {target: self.mask.sel(target=target).values for target in self.targets}
        return class_spectra(self.scene, masks, known=np.isfinite(self.probability[0].values))

    @property
    def summary(self) -> dict[str, Any]:
        """What ``spexlab extract --json`` prints: one area for all targets together, the targets one by one in `evidence`."""
        together = self.mask.any("target").values
        pixels, valid = int(together.sum()), int(self.looked_at.sum())
        return {
            "targets": self.targets,
            "pixels": pixels,
            "area_m2": mask_area(together, self.pixel_areas),
            "share": pixels / max(valid, 1),
            "explanation": self.explanation,
            "notes": self.notes,
            "evidence": [one.to_dict() for one in self.evidence],
            "trust": [one.to_dict() for one in self.trust],
            "advice": [one.to_dict() for one in self.advice],
            "seconds": self.seconds,
            "features_reused": self.features_reused,
            "provenance": self.provenance,
        }
