"""What is known of one target after an extraction: what was measured, what is said of it, and whether that agrees."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from spexlab.evidence.measurement import Measurement
from spexlab.evidence.regions import share_words
from spexlab.language.answering import answer
from spexlab.language.checking import CheckedClaim, check_claims
from spexlab.language.mending import mend
from spexlab.language.request import Ask, Request, Want


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
    def of(cls, measurement: Measurement, text: str, want: Want, *, ask: Ask = "mask") -> "TargetEvidence":
        """Check what a model wrote about a mask, and mend it; the answer to what was asked comes first."""
        mended, first = mend(text, measurement), answer(ask, want, measurement)
        told, at = f"{first} {mended.text}".strip(), len(first) + bool(first)
        moved = (replace(claim, start=claim.start + at, end=claim.end + at) for claim in mended.claims)
        return cls(measurement, text, told, (*check_claims(first, measurement), *moved), want)

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
            "conditions": [asdict(one) for one in m.conditions],
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


def explained(request: Request, evidence: Sequence[TargetEvidence]) -> str:
    """What is said about all targets: how the instruction was taken, and each mask; the answer to a question stands first."""
    notes, told = request.notes, [one.explanation for one in evidence]
    return " ".join([*notes, *told] if request.ask == "mask" else [*told, *notes])
