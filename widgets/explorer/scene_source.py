"""Where a scene comes from, in a form that a saved session can open again."""

import json
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

import xarray as xr

import spexlab
from spexlab.scene import Items, SceneWarning

Kind = Literal["sample", "simulated", "file", "upload", "search", "given"]
LARGEST = 4096
"""Pixels a side of a simulated scene."""
NUMBERS = ("scale", "offset", "nodata", "mask", "pixel_size")
"""What a user may say about a file's numbers."""


@dataclass(frozen=True)
class SceneSource:
    """How a scene was opened; everything is ready for JSON."""

    kind: Kind = "sample"
    """"given" is a scene that Python handed over."""
    path: str = ""
    """Path or URL of a file; name of an upload."""
    sensor: str = ""
    """Sensor of a simulated scene, or of a file that does not tell; empty for "as the file says"."""
    bands: str = ""
    """Names of a file's bands, with commas; empty for "as the file says"."""
    scale: str = ""
    """Of a file's numbers, one or one a band, with commas; as offset, nodata, mask and pixel size, empty for "as the file says"."""
    offset: str = ""
    nodata: str = ""
    mask: str = ""
    """Path or URL of a raster that is not 0 where to leave pixels out, or that has the codes of SCL, Fmask or QA_PIXEL."""
    pixel_size: str = ""
    """Metres."""
    seed: int = 0
    """Of a simulated scene."""
    size: int = 512
    """Pixels a side of a simulated scene."""
    catalog: str = ""
    """Where images were found, as `spexlab.search` takes it; so are the next two."""
    collection: str = ""
    dates: str = ""
    """First and last day in UTC of the images."""
    items: str = ""
    """Their names in the catalogue, with commas."""
    area: str = ""
    """GeoJSON of the place around which they are opened."""

    @property
    def reopens(self) -> bool:
        """Whether `open` needs nothing but what stands here."""
        return self.kind not in {"upload", "given"}

    def open(self, content: bytes | Items | None = None) -> xr.DataArray:
        """Open the scene.

        Parameters
        ----------
        content : bytes or Items, optional
            What was uploaded, or found; without it, what was found is searched again.

        Raises
        ------
        ValueError
            If it cannot be a scene, or nothing is left of it to open.
        OSError
            If the file is missing or cannot be read.
        """
        # What had to be assumed stands in the scene's attributes, and the app shows it.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SceneWarning)
            return self._open(content)

    def to_json(self) -> dict[str, Any]:
        """Plain values that `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "SceneSource":
        """Read what `to_json` gave.

        Raises
        ------
        TypeError, ValueError
            If it is no such record.
        """
        source, plain = cls(**record), cls()
        for field in fields(cls):
            kind = type(getattr(plain, field.name))
            if type(getattr(source, field.name)) is not kind:
                raise TypeError(f"{field.name} of a scene's source must be {kind.__name__}, not {getattr(source, field.name)!r}")
        if source.kind not in get_args(Kind) or not 1 <= source.size <= LARGEST:
            raise ValueError(f"a scene's source must be one of {get_args(Kind)} of at most {LARGEST} pixels a side, not {source!r}")
        return source

    def _open(self, content: bytes | Items | None) -> xr.DataArray:
        if self.kind == "sample":
            return spexlab.sample_scene()
        if self.kind == "simulated":
            return spexlab.simulate_scene(self.seed, sensor=self.sensor, size=self.size)[0]
        if self.kind == "file":
            if not self.path.strip():
                raise ValueError("a file must have a name, but the field is empty; type its path.")
            return self._read(self.path.strip())
        if self.kind == "search":
            items = content if isinstance(content, Items) else self._found_again()
            return spexlab.open_scene(items, area=json.loads(self.area), bands=self.bands.strip() or None)
        if content is None or isinstance(content, Items):
            how = f"{self.path!r} was uploaded" if self.kind == "upload" else "the scene was handed over in Python"
            raise ValueError(f"{how}, so nothing is left to open; open the same scene again, then restore the session.")
        return self._uploaded(content)

    def _found_again(self) -> Items:
        area, wanted = json.loads(self.area), self.items.split(",")
        found = spexlab.search(area, dates=self.dates, collection=self.collection, catalog=self.catalog)
        items = Items(item for item in found if item.id in wanted)
        missing = sorted(set(wanted) - {item.id for item in items})
        if missing:
            raise ValueError(f"{self.catalog} must still have the scene's images, but {', '.join(missing)} is gone; search anew.")
        return items

    def _uploaded(self, content: bytes) -> xr.DataArray:
        with tempfile.TemporaryDirectory(prefix="spexlab-") as folder:
            path = Path(folder) / Path(self.path).name
            path.write_bytes(content)
            scene = self._read(str(path))
        return scene.assign_attrs(source=self.path)

    def _read(self, path: str) -> xr.DataArray:
        said = {name: getattr(self, name).strip() or None for name in ("sensor", "bands", *NUMBERS)}
        return spexlab.open_scene(path, **said)
