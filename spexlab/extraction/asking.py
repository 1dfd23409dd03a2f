"""`extract` and `understand`: a question with the name of a checkpoint, which is loaded once."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import xarray as xr

from spexlab.extraction.events import Events
from spexlab.extraction.loading import shared_model
from spexlab.extraction.own import OwnTarget
from spexlab.extraction.result import Extraction
from spexlab.extraction.spex import Spex
from spexlab.extraction.teaching import taught
from spexlab.extraction.timeline import Timeline, extract_over_time
from spexlab.language.request import Request
from spexlab.scene.area import AreaLike
from spexlab.scene.pointing import PointedLike
from spexlab.scene.series import is_series


def extract(
    scene: xr.DataArray,
    instruction: str | Sequence[str] | Request,
    *,
    area: AreaLike | None = None,
    model: str | Path | Spex = "spex-tiny",
    threshold: float | Mapping[str, float] | None = None,
    previous: Request | Extraction | None = None,
    events: Events | None = None,
) -> Extraction | Timeline:
    """Find what an instruction names in a scene, and say why; in scenes of several dates, on each of them.

    Parameters
    ----------
    scene : xarray.DataArray
        (band, y, x) reflectance 0-1 as `open_scene` gives it; any size. A Dask-backed scene is read window by window. Of several
        dates (time, band, y, x).
    instruction : str, sequence of str or Request
        What to look for, in everyday words: "show me the lakes and rivers", "vegetation but no cropland". Several are answered at
        once, each under its own conditions: ["lakes over 5 ha", "trees in the north"]. Of several dates also what changed: "where
        did water disappear between June and September?" A request, as `understand` gives it or as it was changed since, is answered
        as it stands.
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
    Extraction or Timeline
        Masks on the grid of the scene cut to the area's bounding box. Of several dates a `Timeline`: an Extraction a date, the
        table of areas, and, where the instruction asks about a change, that between the first and the last date it names.

    Raises
    ------
    UnknownTargetError
        If the instruction names nothing the model can extract.
    ValueError
        If the scene, the instruction, the area or the threshold cannot be used, two instructions ask for the same target, a request
        makes no sense, or there is no image of a date that is named.
    Cancelled
        If `events.cancelled` said so.
    """
    spex = the_model(model)
    if is_series(scene):
        return extract_over_time(scene, instruction, spex=spex, area=area, threshold=threshold, previous=previous, events=events)
    return spex.extract(scene, instruction, area=area, threshold=threshold, previous=previous, events=events)


def understand(
    instruction: str | Sequence[str] | Request,
    *,
    previous: Request | Extraction | None = None,
    model: str | Path | Spex = "spex-tiny",
) -> Request:
    """Say what an instruction asks for: targets with their conditions, and what of it is left out.

    Parameters
    ----------
    instruction : str, sequence of str or Request
        Everyday words, English or Chinese: "lakes over 5 ha within 200 m of a field, and the largest forest"; several are joined.
        A request is checked, and returned as it is.
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


def teach(
    scene: xr.DataArray,
    name: str,
    *,
    inside: PointedLike,
    outside: PointedLike | None = None,
    model: str | Path | Spex = "spex-tiny",
) -> OwnTarget:
    """Teach a target of your own by examples; from then on the model finds it by its word, here and in other scenes.

    A small head is fitted on what pixels look like, in milliseconds. Teach the same name again with more examples to better it.
    No network is trained, and nothing of it stands in labels or in the checkpoint: keep it with `OwnTarget.save`.

    Parameters
    ----------
    scene : xarray.DataArray
        (band, y, x) reflectance 0-1 as `open_scene` gives it.
    name : str
        A noun that says nothing yet, in the plural if it has one: "greenhouses".
    inside, outside
        Examples of it, and of what is not it: points, lines and polygons as `Extraction.corrected` takes them. All that nobody
        pointed at is weakly taken for something else.
    model : str, Path or Spex
        What learns it: a name or folder that `load_model` knows, or what it returned.

    Returns
    -------
    OwnTarget
        To be saved, or given to another model's `learn`.

    Raises
    ------
    ValueError
        If the name is a word with another meaning, the examples contradict each other, or none lies where there is data.

    Examples
    --------
    >>> spexlab.teach(scene, "greenhouses", inside=polygon, outside=[(120, 88)])  # doctest: +SKIP
    >>> spexlab.extract(scene, "greenhouses larger than 1 ha in the north")  # doctest: +SKIP
    """
    own = taught(scene, name, inside=inside, outside=outside)
    the_model(model).learn(own)
    return own


def the_model(model: str | Path | Spex) -> Spex:
    """A checkpoint: as it is, or loaded by its name, once."""
    return model if isinstance(model, Spex) else shared_model(str(model))
