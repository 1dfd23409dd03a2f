"""A labelled place is kept in a folder, in the form that `open_places` reads and training learns from."""

import json
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from spexlab.places.labelled import Place
from spexlab.scene.grid import crs_of, transform_of
from spexlab.scene.outputs import replacing
from spexlab.scene.writing import write_image


def keep_place(place: Place, folder: str | Path) -> Path:
    """Add a place to a folder of labelled scenes; the folder is made if need be, and a place of this name is replaced.

    Parameters
    ----------
    place : Place
        Its `extra` is written into its record.
    folder : str or Path
        Holds ``manifest.json``, ``scenes/`` and ``labels/``.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ValueError
        If the folder holds a manifest.json that is none, or the place's name is no file's name.
    OSError
        If it cannot be written.
    """
    out = Path(folder).expanduser()
    if not re.fullmatch(r"[\w.-]+", place.name):
        raise ValueError(
            f"a sample is named by letters, digits, dots and dashes, but {place.name!r} was given; choose another name."
        )
    kept = [record for record in _records(out) if record["id"] != place.name]
    files = {"scene": f"scenes/{place.name}.tif", "label": f"labels/{place.name}.tif"}
    for file in files.values():
        (out / file).parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with replacing(out / files["scene"]) as temporary:
            write_image(place.scene, temporary)
        with replacing(out / files["label"]) as temporary:
            _write_labels(place, temporary)
    record = {
        **place.extra,
        "id": place.name,
        "group": place.group,
        "files": files,
        "pixel_size_m": place.pixel_size,
        "complete_for": None if place.complete_for is None else list(place.complete_for),
        "label_quality": place.quality,
        "non_commercial": not place.trainable,
    }
    with replacing(out / "manifest.json") as temporary:
        temporary.write_text(json.dumps({"scenes": [*kept, record]}, indent=1) + "\n", encoding="utf-8")
    return out


def _records(folder: Path) -> list[dict[str, Any]]:
    manifest = folder / "manifest.json"
    if not manifest.exists():
        return []
    try:
        records: list[dict[str, Any]] = json.loads(manifest.read_text(encoding="utf-8"))["scenes"]
        for record in records:
            record["id"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"a manifest lists scenes, but {str(manifest)!r} does not ({type(error).__name__}: {error}); choose another folder."
        ) from error
    return records


def _write_labels(place: Place, path: Path) -> None:
    height, width = place.labels.shape
    profile: dict[str, Any] = {"driver": "GTiff", "compress": "deflate", "dtype": "uint8", "nodata": 0}
    if crs_of(place.scene) is not None:
        profile |= {"crs": crs_of(place.scene), "transform": transform_of(place.scene)}
    with rasterio.open(path, "w", count=1, height=height, width=width, **profile) as file:
        file.write(place.labels.astype(np.uint8), 1)
