"""Where a result came from."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shapely.geometry import mapping

from spexlab.extraction.calibration import Cut
from spexlab.extraction.cutting import cuts_record
from spexlab.extraction.engine import Engine
from spexlab.extraction.view import View
from spexlab.language.request import Request
from spexlab.scene.grid import crs_of
from spexlab.version import __version__


def provenance(
    view: View,
    engine: Engine,
    request: Request,
    *,
    instruction: str,
    by_request: bool,
    cuts: Mapping[str, Cut],
) -> dict[str, Any]:
    """Where a result came from, in plain values; `by_request` where a request was given, whose words are the instruction."""
    scene, crs = view.clipped, crs_of(view.clipped)
    return {
        "model": engine.name,
        "checkpoint_sha256": engine.checkpoint,
        "version": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "instruction": instruction,
        "by_request": by_request,
        "request": request.to_dict(),
        "bounds": request.bounds,
        "previous": request.previous and request.previous.to_dict(),
        "scores": {name: round(float(score), 4) for name, score in request.scores.items()},
        **cuts_record(cuts),
        "words": "model",
        "corrections": [],
        "calibrated": {name: engine.calibration.covers(name, scene) for name in cuts},
        "scene": str(scene.attrs.get("title", "")),
        "source": str(scene.attrs.get("source", "")),
        "sensor": str(scene.attrs.get("sensor", "unknown")),
        "date": str(scene.attrs.get("date", "")),
        "bands": [str(name) for name in scene["band"].values],
        "wavelengths_nm": [float(nm) for nm in scene["wavelength"].values],
        "radiometry": str(scene.attrs.get("radiometry", "")),
        "radiometry_assumed": bool(scene.attrs.get("radiometry_assumed", False)),
        "notes": str(scene.attrs.get("notes", "")),
        "simulated": bool(scene.attrs.get("simulated", False)),
        "crs": crs.to_string() if crs is not None else None,
        "area": None if view.area is None else mapping(view.area.on(scene)),
    }
