"""What one of several instructions led to."""

from dataclasses import dataclass
from typing import Any

from spexlab.extraction.result import Extraction


@dataclass(frozen=True)
class Answer:
    """What one instruction led to: an extraction, or the reason why there is none."""

    instruction: str
    extraction: Extraction | None
    error: str = ""
    """Why nothing was extracted; empty where something was."""

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
            "seconds": round(sum(found.seconds.values()), 4),
            "features_reused": found.features_reused,
            "notes": " ".join(found.notes),
            "error": "",
        }
