"""What is known of one target after an extraction: what was measured, what is said of it, and whether that agrees."""

from dataclasses import asdict, dataclass
from typing import Any

from spexlab.evidence.measurement import Measurement
from spexlab.evidence.regions import share_words
from spexlab.language.checking import CheckedClaim, check_claims
from spexlab.language.mending import mend
from spexlab.language.request import Want


@dataclass(frozen=True, repr=False)
class TargetEvidence:
    """One target's measurement and explanation; `print` shows both, claim by claim."""

    measurement: Measurement
    written: str
    """What the model wrote about the target, word for word."""
    explanation: str
    """The same, but for the sentences that do not agree with the measurement or are no language: these are written from it."""
    claims: tuple[CheckedClaim, ...]
    """Every claim of the explanation beside what was measured; they all hold."""
    want: Want
    """What the instruction asked for, with the conditions that the mask is cut to."""

    @classmethod
    def of(cls, measurement: Measurement, text: str, want: Want) -> "TargetEvidence":
        """Check what a model wrote about a mask, and mend it."""
        mended = mend(text, measurement)
        return cls(measurement, text, mended.text, mended.claims, want)

    @property
    def rejected(self) -> tuple[CheckedClaim, ...]:
        """What the model claimed and the measurement does not bear out; it stands in `written` only."""
        return tuple(claim for claim in check_claims(self.written, self.measurement) if not claim.holds)

    @property
    def target(self) -> str:
        """What the mask is of."""
        return self.measurement.target

    @property
    def amount(self) -> str:
        """How much there is, in words: pixels, share and, where the pixel size is known, hectares."""
        m = self.measurement
        area = f", {m.area_m2 / 1e4:,.2f} ha" if m.area_m2 is not None else ""
        return f"{m.pixels:,} pixels ({share_words(m.share)}{area})"

    @property
    def spectra(self) -> str:
        """What the index says inside and around, in words."""
        m = self.measurement
        if m.inside is None or m.around is None:
            return m.index or "no spectral evidence"
        return f"{m.index} {m.inside:.2f} inside, {m.around:.2f} around"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        m = self.measurement
        return {
            "target": m.target,
            "want": self.want.to_dict(),
            "index": m.index,
            "threshold": m.threshold,
            "pixels": m.pixels,
            "valid_pixels": m.valid_pixels,
            "area_m2": m.area_m2,
            "share": m.share,
            "regions": m.n_regions,
            "largest_location": m.largest.location if m.largest else None,
            "largest_size": m.largest.size if m.largest else None,
            "inside": m.inside,
            "around": m.around,
            "explanation": self.explanation,
            "written": self.written,
            "claims": [asdict(claim) for claim in self.claims],
        }

    def __repr__(self) -> str:
        said = [f"✓ {claim.kind}: {claim.text!r}{', written from the measurement' * claim.replaced}" for claim in self.claims]
        wrong = [f"✗ {claim.kind}: the model wrote {claim.text!r}, measured {claim.measured}" for claim in self.rejected]
        return "\n  ".join([f"<{self.target}: {self.amount}; {self.spectra}", *said, *wrong]) + ">"
