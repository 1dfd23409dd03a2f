"""Files of a set of samples: the released JSON layout with our fields, readable both ways.

::

    my-spie/
    ├── spie.json            a list of records; train.json and validation.json where the set is split by group
    ├── images/NAME.tif      every band, 16-bit, GDAL scale 0.0001, STAC band names, WAVELENGTH_NM tags; or NAME.png, true colour
    ├── masks/NAME.png       8-bit, 1 where the target is, 0 elsewhere
    ├── known/NAME.png       8-bit, 1 where that is known; only where it is not known everywhere
    ├── statistics.json      settings, counts
    └── datasheet.md         the same for people

A record has what the released trainer reads (``id``, ``image``, ``gt_image``, ``conversations`` of ``human`` and ``gpt``) and ours
under ``spexlab``. In the conversation the instruction stands before SPIE's question, and what limits left before the answer.
`spexlab.spie.reading` reads it back, and sets without ``spexlab`` too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from PIL import Image

from spexlab.evidence.limits import Limits, limit_words
from spexlab.scene import rgb
from spexlab.scene.outputs import is_full
from spexlab.scene.scratch import scratch_folder
from spexlab.scene.writing import write_image
from spexlab.spie.datasheet import write_datasheet
from spexlab.spie.samples import Sample
from spexlab.spie.statistics import count_records

ImageFormat = Literal["geotiff", "png"]
IMAGE = "<image>\n"
_LISTS = {"training": "train.json", "validation": "validation.json", "test": "test.json"}


class SetWriter:
    """Writes a set to a hidden folder beside its name, and moves it there when it is whole.

    Parameters
    ----------
    out
        Folder that does not exist yet.
    images
        "geotiff" or "png".
    """

    def __init__(self, out: str | Path, *, images: ImageFormat = "geotiff") -> None:
        self.out, self.images = Path(out).expanduser(), images
        self.records: list[dict[str, Any]] = []
        self._last: tuple[xr.DataArray, str] | None = None

    def __enter__(self) -> Self:
        if self.out.exists():
            raise FileExistsError(f"cannot write {str(self.out)!r}: it exists already; delete it or choose another name.")
        if not self.out.parent.is_dir():
            raise FileNotFoundError(
                f"cannot write {str(self.out)!r}: there is no folder {str(self.out.parent)!r}; create it first."
            )
        self._temporary = scratch_folder(self.out.parent)
        self.folder = Path(self._temporary.name) / self.out.name
        for name in ("images", "masks", "known"):
            (self.folder / name).mkdir(parents=True)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        full = error is not None and is_full(self.out.parent, error)
        self._temporary.cleanup()
        if full:
            raise OSError(f"cannot write {str(self.out)!r}: the disk is full; nothing is left of it, make room.") from error

    def add(self, sample: Sample) -> None:
        """Write the sample's files and remember its record; samples of one picture that follow each other share its file."""
        if self._last is None or self._last[0] is not sample.scene:
            self._last = (sample.scene, self._write_image(sample))
        name = f"{sample.name}.png"
        _write_layer(sample.mask, self.folder / "masks" / name)
        if not sample.known.all():
            _write_layer(sample.known, self.folder / "known" / name)
        self.records.append(_record(sample, image=self._last[1]))

    def finish(self, about: Mapping[str, Any]) -> None:
        """Write lists, statistics and datasheet, and move everything to its place."""
        parts = {record["spexlab"]["split"] for record in self.records}
        for part in parts:
            chosen = [record for record in self.records if record["spexlab"]["split"] == part]
            _write_json(chosen, self.folder / (_LISTS[part] if len(parts) > 1 else "spie.json"))
        statistics = {**count_records(self.records), **about}
        _write_json(statistics, self.folder / "statistics.json")
        (self.folder / "datasheet.md").write_text(write_datasheet(statistics, name=self.out.name), encoding="utf-8")
        if not any((self.folder / "known").iterdir()):
            (self.folder / "known").rmdir()
        self.folder.replace(self.out)

    def _write_image(self, sample: Sample) -> str:
        name = f"{sample.name}.{'tif' if self.images == 'geotiff' else 'png'}"
        path = self.folder / "images" / name
        if self.images == "png":
            Image.fromarray(rgb(sample.scene)).save(path)
        else:
            write_image(sample.scene, path)
        return name


def _record(sample: Sample, *, image: str) -> dict[str, Any]:
    instruction = sample.instruction
    answer = f"{limit_words(Limits.named(instruction.limits))} {sample.answer}".strip()
    human = sample.question if sample.target is None else sample.question.replace(IMAGE, f"{IMAGE}{instruction.text}\n", 1)
    return {
        "id": sample.name,
        "image": image,
        "gt_image": f"{sample.name}.png",
        "conversations": [{"from": "human", "value": human}, {"from": "gpt", "value": answer}],
        "spexlab": {
            "instruction": asdict(instruction),
            "target": sample.target,
            "kind": sample.kind,
            "evidence": sample.evidence,
            "known_image": None if sample.known.all() else f"{sample.name}.png",
            "pixels": int(sample.mask.sum()),
            "size": list(sample.mask.shape),
            **sample.facts,
        },
    }


def _write_layer(layer: NDArray[np.bool_], path: Path) -> None:
    Image.fromarray(layer.astype(np.uint8)).save(path)


def _write_json(content: Sequence[Any] | Mapping[str, Any], path: Path) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False, default=float) + "\n", encoding="utf-8")
