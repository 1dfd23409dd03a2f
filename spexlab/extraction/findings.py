"""What was found: masks, why, how far to trust them, where they came from; and what follows from these alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from spexlab.evidence.limits import part_of
from spexlab.evidence.spectra import class_spectra
from spexlab.extraction.calibration import Cut
from spexlab.extraction.evidence import TargetEvidence
from spexlab.extraction.trust import Trust
from spexlab.language.request import Request
from spexlab.scene.ground import mask_area, pixel_areas


@dataclass(frozen=True, eq=False, repr=False)
class Findings:
    """What was found, on the grid of the scene cut to the area's bounding box."""

    mask: xr.DataArray
    """(target, y, x) bool; cut to the limits that the instruction sets ("the largest", "in the north")."""
    probability: xr.DataArray
    """(target, y, x) float32 0-1; NaN outside the area and where the scene has no data."""
    excluded: xr.DataArray
    """(target, y, x) bool; what the instruction leaves out of each mask ("but no cropland")."""
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

    @property
    def notes(self) -> list[str]:
        """Sentences on how the instruction was taken: to which part of the area it was limited, what in it was left out."""
        return self.request.notes

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
            "area_m2": mask_area(together, pixel_areas(self.scene)),
            "share": pixels / max(valid, 1),
            "explanation": self.explanation,
            "notes": self.notes,
            "evidence": [one.to_dict() for one in self.evidence],
            "trust": [one.to_dict() for one in self.trust],
            "seconds": self.seconds,
            "features_reused": self.features_reused,
            "provenance": self.provenance,
        }
