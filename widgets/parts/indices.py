"""Spectral indices to choose from: only those that a scene's bands allow, the field's common ones first."""

import spyndex
import xarray as xr

from spexlab.evidence.prior import available_indices

COMMON = ("NDVI", "EVI", "SAVI", "NDWI", "MNDWI", "NDMI", "NDBI", "BI", "NBR", "NDSI", "NDRE", "GNDVI")
"""What most people look for, in the order in which they are offered."""


def index_options(scene: xr.DataArray, *, containing: str = "") -> list[tuple[str, str]]:
    """Options of a dropdown: what to read, and the index's spyndex name.

    Parameters
    ----------
    scene : xr.DataArray
        Reflectance (band, y, x).
    containing : str
        Only those with these letters in their short or long name, whatever the case.
    """
    allowed = available_indices(scene)
    first = [name for name in COMMON if name in allowed]
    names = first + sorted(set(allowed) - set(first))
    labelled = [(f"{name} – {spyndex.indices[name].long_name}", name) for name in names]
    return [(label, name) for label, name in labelled if containing.strip().lower() in label.lower()]
