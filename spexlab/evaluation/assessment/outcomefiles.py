"""Files of where a mask and a reference differ: a raster with colours, or samples."""

from pathlib import Path

import geopandas as gpd
import xarray as xr

from spexlab.evidence.outcomes import NOT_JUDGED, OUTCOME_COLOURS, OUTCOMES
from spexlab.extraction.export import NOT_SHOWN, opaque, write_raster
from spexlab.extraction.regionfiles import write_geojson


def write_outcomes(outcomes: xr.DataArray | gpd.GeoDataFrame, path: str | Path, *, target: str) -> Path:
    """Write `Judged.outcomes_to_file`."""
    about = f"the mask of {target} beside a reference"
    if isinstance(outcomes, gpd.GeoDataFrame):
        plain = outcomes.drop(columns=[name for name in outcomes if name not in {"class", "outcome", outcomes.geometry.name}])
        return write_geojson(plain, path, provenance={"about": about})
    classes = {number: (name, opaque(OUTCOME_COLOURS[name])) for number, name in enumerate(OUTCOMES)}
    classes[0] = (OUTCOMES[0], NOT_SHOWN)
    return write_raster(
        path,
        outcomes.values[None],
        outcomes,
        nodata=NOT_JUDGED,
        resampling="MODE",
        names=["outcome"],
        tags={"ABOUT": about},
        classes=classes | {NOT_JUDGED: ("not judged", (0, 0, 0, 0))},
    )
