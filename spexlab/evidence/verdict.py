"""What the spectra make of a mask: where the index lies, inside and around, and whether that is enough to speak for it."""

from spexlab.evidence.measurement import Measurement

MARGIN = 0.1
"""By how much an index must differ, in the right direction, before the spectra are said to support a mask. Surface reflectance is
known to 0.005 + 5 % (the specification of Landsat's atmospheric correction, Vermote et al. 2016); over dark ground, with 0.05 in
both bands, that moves a normalised difference by 0.1."""


def sides(m: Measurement) -> str | None:
    """Say where the index lies, to two decimals: "two sides" of the threshold, "wrong sides", "both above", "both below".

    The sides are wrong where inside and around lie the other way round than the target is expected to.

    Only "above" or "below" where one mean is all there is (an empty mask, or one that leaves nothing around it); None without
    an index or a threshold.
    """
    means = [round(mean, 2) for mean in (m.inside, m.around) if mean is not None]
    if m.index is None or m.threshold is None or not means:
        return None
    above = [mean > round(m.threshold, 2) for mean in means]
    if len(above) == 1:
        return "above" if above[0] else "below"
    if above[0] == above[1]:
        return "both above" if above[0] else "both below"
    return "two sides" if above[0] == (m.sign > 0) else "wrong sides"


def verdict(m: Measurement) -> str | None:
    """Say what the spectra make of the mask: "support" it, are "unclear" about it, or speak "against" it; None without an index.

    They support a mask only where the index inside is `MARGIN` beyond that around it: what fills the area is compared with nothing.
    An empty mask has no inside; there the area's mean must be that far on the threshold's other side. A normalised difference does
    not tell shadow from water, so it supports no mask that may be shadow.
    """
    judged = verdict_of_sides(m)
    if judged != "support":
        return judged
    if m.shadow and m.shadow.likely:
        return "unclear"
    there = m.inside if m.pixels else m.threshold
    clear = m.around is not None and there is not None and m.sign * (round(there, 2) - round(m.around, 2)) > MARGIN - 1e-9
    return judged if clear else "unclear"


def verdict_of_sides(m: Measurement) -> str | None:
    """The verdict of the sides alone: what evidence words have, as checkpoints learnt them."""
    side = sides(m)
    if side in ("above", "below"):
        return "support" if (side == "above") == ((m.pixels > 0) == (m.sign > 0)) else "against"
    return {"two sides": "support", "wrong sides": "against"}.get(side, "unclear") if side else None
