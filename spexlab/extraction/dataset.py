"""An Extraction as an xarray Dataset, and as NetCDF."""

import json
from pathlib import Path

import numpy as np
import xarray as xr

from spexlab.extraction.export import NO_CRS
from spexlab.extraction.findings import Findings
from spexlab.scene.grid import crs_of, transform_of
from spexlab.scene.outputs import replacing

_UNKNOWN = -1
"""Of a mask in NetCDF, which has no unsigned bytes in its classic form."""


def dataset_of(extraction: Findings) -> xr.Dataset:
    """Make `Extraction.to_dataset`."""
    crs = crs_of(extraction.scene)
    layers = {"mask": extraction.mask, "probability": extraction.probability}
    dataset = xr.Dataset({name: layer.drop_vars("spatial_ref", errors="ignore") for name, layer in layers.items()})
    if crs is not None:
        dataset = dataset.rio.write_crs(crs).rio.write_transform(transform_of(extraction.scene))
    dataset.attrs = {
        "title": str(extraction.provenance["instruction"]),
        "explanation": extraction.explanation,
        "provenance": json.dumps(extraction.provenance),
    } | ({"crs_note": NO_CRS} if crs is None else {})
    return dataset


def write_netcdf(extraction: Findings, path: str | Path) -> Path:
    """Write `Extraction.to_netcdf`."""
    return write_cube(dataset_of(extraction), path)


def write_cube(dataset: xr.Dataset, path: str | Path) -> Path:
    """Write masks and probabilities, of one date or of several, as NetCDF."""
    known = np.isfinite(dataset["probability"])
    mask = dataset["mask"].astype(np.int8).where(known, _UNKNOWN).astype(np.int8)
    mask.attrs |= {"long_name": "where the target is", "flag_values": np.array([0, 1], np.int8), "flag_meanings": "outside inside"}
    mask.encoding = dataset["mask"].encoding | {"_FillValue": np.int8(_UNKNOWN)}
    probability = dataset["probability"].assign_attrs(long_name="probability of the target", units="1")
    with replacing(path) as temporary:
        dataset.assign(mask=mask, probability=probability).to_netcdf(temporary, engine="scipy", format="NETCDF3_64BIT")
    return Path(path)
