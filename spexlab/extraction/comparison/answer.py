"""What one of several instructions led to."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spexlab.evidence.confusion import Confusion
from spexlab.extraction.comparison.baseline import overlap
from spexlab.extraction.result import Extraction


@dataclass(frozen=True, eq=False)
class Answer:
    """What one instruction led to: an extraction, or the reason why there is none."""

    instruction: str
    extraction: Extraction | None
    error: str = ""
    """Why nothing was extracted; empty where something was."""
    baseline: NDArray[np.bool_] | None = None
    """Where another method sees the same, (H, W); None where there is none, or it cannot tell."""

    confusion: Confusion | None = None
    """2 x 2 pixels beside a reference, rows the truth; class 1 is what was asked for. None without a reference."""

    @property
    def scores(self) -> dict[str, float]:
        """IoU, precision and recall by the reference; NaN where there is nothing to divide by, or no reference."""
        if self.confusion is None:
            return dict.fromkeys(("iou", "precision", "recall"), float("nan"))
        found = self.confusion
        return {"iou": float(found.iou[1]), "precision": float(found.precision[1]), "recall": float(found.recall[1])}

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Pixels (H, W) of any of its targets; none where nothing was extracted."""
        return np.zeros((0, 0), bool) if self.extraction is None else np.asarray(self.extraction.mask.any("target").values)

    @property
    def limited_to(self) -> str:
        """To what the share belongs where it is not the whole area: "of the north, in the largest region only"; else empty."""
        return "" if self.extraction is None else self.extraction.request.limited_to

    @property
    def record(self) -> dict[str, Any]:
        """One row of `Comparison.table`."""
        found = self.extraction
        if found is None:
            return {"instruction": self.instruction, "error": self.error}
        claims = [claim for one in found.evidence for claim in one.claims]
        summary = found.summary
        return {
            "instruction": self.instruction,
            "targets": ", ".join(found.targets),
            "limits": self.limited_to,
            "share": summary["share"],
            "pixels": summary["pixels"],
            "area_m2": summary["area_m2"],
            "regions": sum(one.measurement.n_regions for one in found.evidence),
            "claims": len(claims),
            "claims_replaced": sum(claim.replaced for claim in claims),
            **self.scores,
            **self._beside(),
            "seconds": round(sum(found.seconds.values()), 4),
            "features_reused": found.features_reused,
            "notes": " ".join(found.notes),
            "error": "",
        }

    def _beside(self) -> dict[str, float]:
        """Share that the other method sees, and its overlap with the mask; NaN without one."""
        if self.baseline is None or self.extraction is None:
            return {"baseline_share": float("nan"), "baseline_iou": float("nan")}
        looked_at = int(self.extraction.looked_at.sum())
        share = int(self.baseline.sum()) / looked_at if looked_at else float("nan")
        return {"baseline_share": share, "baseline_iou": overlap(self.mask, self.baseline)}
