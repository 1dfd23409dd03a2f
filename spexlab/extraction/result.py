"""Extraction: masks, why, and where they came from; exports and a figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import xarray as xr
from shapely.geometry import mapping

import spexlab
from spexlab.evidence.limits import part_of
from spexlab.evidence.spectra import class_spectra
from spexlab.extraction import export
from spexlab.extraction.calibration import Cut
from spexlab.extraction.cutting import cut_at, cuts_record
from spexlab.extraction.evidence import TargetEvidence
from spexlab.extraction.trust import Trust
from spexlab.extraction.vectors import regions_frame
from spexlab.scene.grid import crs_of
from spexlab.scene.ground import mask_area, pixel_areas

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spexlab.extraction.engine import Spex
    from spexlab.extraction.view import View
    from spexlab.language.request import Request


@dataclass(frozen=True, eq=False, repr=False)
class Extraction:
    """What `spexlab.extract` found, on the grid of the scene cut to the area's bounding box."""

    mask: xr.DataArray
    """(target, y, x) bool; cut to the limits that the instruction sets ("the largest", "in the north")."""
    probability: xr.DataArray
    """(target, y, x) float32 0-1; NaN outside the area and where the scene has no data."""
    excluded: xr.DataArray
    """(target, y, x) bool; what the instruction leaves out of each mask ("but no cropland")."""
    explanation: str
    """What the model says about all targets, after the notes."""
    request: "Request"
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

    @cached_property
    def regions(self) -> gpd.GeoDataFrame:
        """The masks' 8-connected regions as polygons, largest first within a target.

        Columns: geometry (scene's CRS; pixels without one), target, pixels, area_m2 (None without a CRS), probability (mean),
        index, inside, around (mean index inside and in the ring around), instruction, model, version, date.
        """
        return regions_frame(self)

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

    def cut_at(self, thresholds: float | Mapping[str, float]) -> "Extraction":
        """Cut the probability elsewhere: another mask, measured anew. No model runs, so the words are those of a template.

        Parameters
        ----------
        thresholds : float or mapping
            Probability (0-1) above which a pixel belongs to a target: one for all, or by target; the others stay.

        Raises
        ------
        ValueError
            If it is not between 0 and 1, or is for a target that was not extracted.
        """
        return cut_at(self, thresholds)

    def to_cog(self, path: str | Path) -> Path:
        """Write the masks as a cloud-optimised GeoTIFF: uint8, one band a target, 1 inside, 0 outside, 255 no data.

        Raises
        ------
        OSError
            If the file cannot be written; nothing is left behind.
        """
        return export.write_masks(self, path)

    def probability_to_cog(self, path: str | Path) -> Path:
        """Write the probabilities as a cloud-optimised GeoTIFF: float32, one band a target, NaN where there is no data."""
        return export.write_probability(self, path)

    def to_geoparquet(self, path: str | Path) -> Path:
        """Write `regions` as GeoParquet."""
        return export.write_geoparquet(self, path)

    def to_geojson(self, path: str | Path) -> Path:
        """Write `regions` as GeoJSON: longitude and latitude (RFC 7946), or pixels, and a note of it, without a CRS."""
        return export.write_geojson(self, path)

    def to_png(self, path: str | Path) -> Path:
        """Write `plot` as a picture."""
        return export.write_figure(self, path)

    def plot(self) -> "Figure":
        """Draw the scene, its masks and probabilities, and the words, with a legend and a scale bar."""
        from spexlab.extraction.figure import draw

        return draw(self)

    def __repr__(self) -> str:
        found = "; ".join(f"{one.target}: {one.amount}" for one in self.evidence)
        return f"<Extraction {found}>"

    def __str__(self) -> str:
        return "\n".join([repr(self), *(f"{one.target}: {one.text}" for one in self.trust)])

    def _repr_html_(self) -> str:
        """Table of targets and the explanation; every word of a model or a file is escaped."""
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(one.target)}</th><td>{escape(one.amount)}</td>"
            f"<td>{escape(one.spectra)}</td></tr>"
            for one in self.evidence
        )
        title = escape(f"{self.provenance['instruction']} – {self.provenance['scene']}")
        trust = "".join(f"<p><b>{escape(one.target)}</b>: {escape(one.text)}</p>" for one in self.trust)
        return f"<b>{title}</b><table>{rows}</table>{trust}<p>{escape(self.explanation)}</p>"


def provenance(
    view: "View",
    spex: "Spex",
    request: "Request",
    *,
    instruction: str,
    cuts: Mapping[str, "Cut"],
) -> dict[str, Any]:
    """Where a result came from, in plain values."""
    scene, crs = view.clipped, crs_of(view.clipped)
    return {
        "model": spex.name,
        "checkpoint_sha256": spex.checkpoint,
        "version": spexlab.__version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "instruction": instruction,
        "request": request.to_dict(),
        "scores": {name: round(float(score), 4) for name, score in request.scores.items()},
        **cuts_record(cuts),
        "words": "model",
        "calibrated": {name: spex.calibration.covers(name, scene) for name in cuts},
        "scene": str(scene.attrs.get("title", "")),
        "source": str(scene.attrs.get("source", "")),
        "sensor": str(scene.attrs.get("sensor", "unknown")),
        "date": str(scene.attrs.get("date", "")),
        "bands": [str(name) for name in scene["band"].values],
        "wavelengths_nm": [float(nm) for nm in scene["wavelength"].values],
        "radiometry": str(scene.attrs.get("radiometry", "")),
        "radiometry_assumed": bool(scene.attrs.get("radiometry_assumed", False)),
        "simulated": bool(scene.attrs.get("simulated", False)),
        "crs": crs.to_string() if crs is not None else None,
        "area": None if view.area is None else mapping(view.area.on(scene)),
    }
