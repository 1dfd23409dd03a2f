"""An answer scored against what is there in truth."""

import numpy as np
import xarray as xr

from spexlab.evidence.confusion import Confusion
from spexlab.extraction.result import Extraction
from spexlab.places.references import Truths


def scored(found: Extraction, truths: Truths, scene: xr.DataArray) -> Confusion:
    """Count where an answer is right.

    The truth of an instruction is what the reference has of its targets, less what the instruction leaves out, in the part of the
    area that was looked at; it knows nothing of sizes, distances and numbers of regions. A mask is the truth as it stands.

    Parameters
    ----------
    found : Extraction
        The answer.
    truths : Truths
        The reference.
    scene : xr.DataArray
        All of the scene, of which the answer may be about a part.

    Raises
    ------
    ValueError
        If the reference does not lie on the scene.
    """
    part = found.mask.isel(target=0, drop=True)
    wanted, known = np.zeros(part.shape, dtype=bool), found.looked_at.values.copy()
    for want in found.request.wants:
        there, sure = truths.truth(want.target, scene, part)
        known &= sure
        for target in want.exclude if truths.classes else ():
            others, sure = truths.truth(target, scene, part)
            there, known = there & ~others, known & sure
        wanted |= there
    return Confusion.binary(found.mask.any("target").values, wanted, known)
