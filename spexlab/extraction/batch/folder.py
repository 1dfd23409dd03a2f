"""The folder of a batch: what is asked, what is done, what failed and why.

FOLDER/batch.json               what is asked, by which model
FOLDER/items/<name>/            a scene's results, there only when all of them are: mask.tif, regions.parquet, <name>.json (STAC)
FOLDER/failed/<name>.json       a scene that could not be read or looked at, and the reason
FOLDER/regions.parquet          the regions of all scenes (GeoParquet)
FOLDER/collection.json          all results as a STAC collection
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import xarray as xr

from spexlab.scene.outputs import check_folder, replacing, writing
from spexlab.scene.scratch import scratch_folder

if TYPE_CHECKING:
    import pystac

ASKED, REGIONS, COLLECTION, MASK = "batch.json", "regions.parquet", "collection.json", "mask.tif"
_ITEMS, _FAILED = "items", "failed"
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class Batch:
    """The results of `spexlab.extract_many`, as they stand in its folder."""

    folder: Path

    @classmethod
    def claimed(cls, folder: str | Path, asked: Mapping[str, Any]) -> "Batch":
        """Make a folder this batch's, or go on with it.

        Raises
        ------
        ValueError
            If it holds a batch that asks for something else.
        OSError
            If it cannot be written to.
        """
        batch, wanted = cls(check_folder(folder)), json.loads(json.dumps(asked))
        file = batch.folder / ASKED
        if file.is_file():
            batch._check_same(wanted)
        for part in (_ITEMS, _FAILED):
            (batch.folder / part).mkdir(parents=True, exist_ok=True)
        if not file.is_file():
            with replacing(file) as temporary:
                temporary.write_text(json.dumps(wanted, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return batch

    def _check_same(self, wanted: Mapping[str, Any]) -> None:
        changed = [key for key in wanted if self.asked.get(key) != wanted[key]]
        if changed:
            told = "; ".join(f"{key} was {self.asked.get(key)!r}, now {wanted[key]!r}" for key in changed)
            raise ValueError(
                f"a batch goes on with what it was begun with, but {told}; ask the same again, or give another folder."
            )

    @property
    def asked(self) -> dict[str, Any]:
        """What is asked of every scene, and of which model."""
        asked: dict[str, Any] = json.loads((self.folder / ASKED).read_text(encoding="utf-8"))
        return asked

    @property
    def done(self) -> list[str]:
        """Names of the scenes whose results are there."""
        return sorted(folder.name for folder in (self.folder / _ITEMS).iterdir() if not folder.name.startswith("."))

    @property
    def failed(self) -> dict[str, str]:
        """Names of the scenes that could not be read or looked at -> the reason."""
        return {file.stem: json.loads(file.read_text(encoding="utf-8"))["reason"] for file in self._failures()}

    def _failures(self) -> list[Path]:
        return sorted((self.folder / _FAILED).glob("[!.]*.json"))

    @cached_property
    def regions(self) -> gpd.GeoDataFrame:
        """The regions of all scenes in longitude and latitude, each with its scene, target, instruction, model, version, date."""
        return gpd.read_parquet(self.folder / REGIONS)

    @cached_property
    def collection(self) -> "pystac.Collection":
        """All results as a STAC collection, one item a scene."""
        import pystac

        return pystac.Collection.from_file(str(self.folder / COLLECTION))

    def item(self, name: str) -> Path:
        """The folder of a scene's results."""
        return self.folder / _ITEMS / name

    def settled(self, name: str, *, retry: bool) -> bool:
        """Whether nothing is to be done about a scene: its results are there, or it failed and is not to be tried again."""
        return self.item(name).is_dir() or (not retry and self._failure(name).is_file())

    @contextmanager
    def storing(self, name: str) -> Iterator[Path]:
        """Give a folder for a scene's results, which are seen when all of them are there."""
        target = self.item(name)
        with scratch_folder(target.parent) as scratch, writing(target):
            made = Path(scratch) / name
            made.mkdir()
            yield made
            made.rename(target)
        self._failure(name).unlink(missing_ok=True)

    def fail(self, name: str, source: str, error: Exception) -> None:
        """List a scene that failed."""
        reason = " ".join(str(error).split()) or type(error).__name__
        with replacing(self._failure(name)) as temporary:
            record = {"source": source, "kind": type(error).__name__, "reason": reason}
            temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def _failure(self, name: str) -> Path:
        return self.folder / _FAILED / f"{name}.json"

    def __repr__(self) -> str:
        return f"<Batch {str(self.folder)!r}: {len(self.done)} scenes done, {len(self.failed)} failed>"


def named(sources: Iterable[Any] | Mapping[str, Any]) -> dict[str, Any]:
    """Sources by name: as a mapping names them, else by their file's, item's or scene's name.

    Raises
    ------
    ValueError
        If there is none, two have the same name, or a name is none of a file.
    """
    given = isinstance(sources, Mapping) and "assets" not in sources
    pairs = list(sources.items()) if given else [(_name(source), source) for source in sources]  # type: ignore[union-attr]
    found: dict[str, Any] = {}
    for name, source in pairs:
        if not name or name.startswith(".") or _UNSAFE.search(name):
            raise ValueError(
                f"the name of a scene is a file's, of letters, digits, '.', '_' and '-', but this is {name!r}; give names."
            )
        if name in found:
            raise ValueError(f"each scene needs a name of its own, but two are called {name!r}; give names: {{name: source, ...}}.")
        found[name] = source
    if not found:
        raise ValueError("a batch needs scenes, but none was given; give paths, STAC items or scenes.")
    return found


def _name(source: Any) -> str:
    if isinstance(source, str | PathLike):
        text = fspath(source).rstrip("/")
        name = Path(text.partition("?")[0]).stem
    elif isinstance(source, xr.DataArray):
        name = str(source.attrs.get("title", ""))
    else:
        name = str(source.get("id", "") if isinstance(source, Mapping) else getattr(source, "id", ""))
    return _UNSAFE.sub("-", name).strip("-.")
