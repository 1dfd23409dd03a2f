"""`extract` and `understand`: a question with the name of a checkpoint, which is loaded once."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import xarray as xr

from spexlab.extraction.events import Events
from spexlab.extraction.loading import shared_model
from spexlab.extraction.result import Extraction
from spexlab.extraction.spex import Spex
from spexlab.language.request import Request
from spexlab.scene.area import AreaLike


def extract(
    scene: xr.DataArray,
    instruction: str | Sequence[str],
    *,
    area: AreaLike | None = None,
    model: str | Path | Spex = "spex-tiny",
    threshold: float | Mapping[str, float] | None = None,
    previous: Request | Extraction | None = None,
    events: Events | None = None,
) -> Extraction:
    """Find what an instruction names in a scene, and say why.

    Parameters
    ----------
    scene : xarray.DataArray
        (band, y, x) reflectance 0-1 as `open_scene` gives it; any size. A Dask-backed scene is read window by window.
    instruction : str or sequence of str
        What to look for, in everyday words: "show me the lakes and rivers", "vegetation but no cropland". Several are answered at
        once, each under its own conditions: ["lakes over 5 ha", "trees in the north"].
    area : optional
        Where to look: GeoJSON, a shapely geometry, a GeoDataFrame, (xmin, ymin, xmax, ymax) or the path of a GeoJSON file, in
        longitude and latitude (pixels for a scene without a CRS). Default: the whole scene.
    model : str, Path or Spex
        A name or folder that `load_model` knows, or what it returned.
    threshold : float or dict of str to float, optional
        Probability (0-1) above which a pixel belongs to a target: one for all, or by target. Default: the checkpoint's own, chosen
        for the target, the width of the pixels and the bands.
    previous : Request or Extraction, optional
        What the instruction may go on from: "only the largest", "and the buildings too"; see `understand`.
    events : Events, optional
        Functions to call while it runs.

    Returns
    -------
    Extraction
        Masks on the grid of the scene cut to the area's bounding box.

    Raises
    ------
    UnknownTargetError
        If the instruction names nothing the model can extract.
    ValueError
        If the scene, the instruction, the area or the threshold cannot be used, or two instructions ask for the same target.
    Cancelled
        If `events.cancelled` said so.
    """
    return the_model(model).extract(scene, instruction, area=area, threshold=threshold, previous=previous, events=events)


def understand(
    instruction: str | Sequence[str], *, previous: Request | Extraction | None = None, model: str | Path | Spex = "spex-tiny"
) -> Request:
    """Say what an instruction asks for: targets with their conditions, and what of it is left out.

    Parameters
    ----------
    instruction : str or sequence of str
        Everyday words, English or Chinese: "lakes over 5 ha within 200 m of a field, and the largest forest"; several are joined.
    previous : Request or Extraction, optional
        What the instruction may go on from: "only the largest", "now without the north", "and the buildings too", "the same for
        trees". An instruction that names all that it wants starts anew.
    model : str, Path or Spex
        A name or folder that `load_model` knows, or what it returned.

    Returns
    -------
    Request
        What `extract` would look for; `.to_dict()` gives plain values, `.notes` sentences.

    Raises
    ------
    UnknownTargetError
        If the instruction names nothing that the model can extract, or goes on from a request that is not given.
    ValueError
        If it cannot be read: empty, too long, or markup.
    """
    return the_model(model).understand(instruction, previous=previous)


def the_model(model: str | Path | Spex) -> Spex:
    """A checkpoint: as it is, or loaded by its name, once."""
    return model if isinstance(model, Spex) else shared_model(str(model))
