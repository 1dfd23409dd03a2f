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
Records without ``spexlab`` are read too: then the picture is plain colour, and the target is what the question says.
"""

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from PIL import Image

from spexlab.evidence.limits import Limits, limit_words
from spexlab.language.instructions import Instruction
from spexlab.language.question import target_of
from spexlab.scene import SceneWarning, open_scene, rgb
from spexlab.scene.scratch import scratch_folder
from spexlab.scene.writing import write_image
from spexlab.spie.datasheet import write_datasheet
from spexlab.spie.samples import Sample
from spexlab.spie.statistics import count_records

ImageFormat = Literal["geotiff", "png"]
_IMAGE = "<image>\n"
_LISTS = {"training": "train.json", "validation": "validation.json", "test": "test.json"}
SetPart = Literal["train", "validation", "test"]


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

    def __exit__(self, *_: object) -> None:
        self._temporary.cleanup()

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


def read_spie(folder: str | Path, *, part: SetPart | None = None) -> Iterator[Sample]:
    """Read a set of samples, ours or one in the released layout.

    Parameters
    ----------
    folder : str or Path
        Holds JSON lists of records, ``images/`` and ``masks/``.
    part : str, optional
        "train": all lists but those of the other parts, in a set that is not split all of it; "validation" or "test": the list of
        that name. All unless told.

    Raises
    ------
    FileNotFoundError
        If there is no list, or a file that it names is missing.
    ValueError
        If a record lacks what it must have; the message names list and record.
    """
    folder = Path(folder).expanduser()
    lists = _lists(folder, part)
    if not lists:
        wanted = f"{part}.json" if part in ("validation", "test") else "spie.json"
        raise FileNotFoundError(
            f"a SPIE folder holds a list of records such as {wanted}, but {str(folder)!r} has none; name another."
        )
    for path in lists:
        for number, record in enumerate(_read_list(path)):
            yield _read(folder, record, where=f"record {number} of {path.name}")


def has_part(folder: str | Path, part: SetPart) -> bool:
    """Whether a set has a part of its own."""
    return bool(_lists(Path(folder).expanduser(), part))


def _lists(folder: Path, part: SetPart | None) -> list[Path]:
    """The lists of records of a part of a set; empty if there are none."""
    every = sorted(path for path in folder.glob("*.json") if path.name != "statistics.json")
    apart = {"validation.json": "validation", "test.json": "test"}
    return [path for path in every if part in (None, apart.get(path.name, "train"))]


def _read_list(path: Path) -> list[Any]:
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(
            f"{str(path)!r} must hold a JSON list of records, but it is no JSON ({error}); name another folder."
        ) from error
    if isinstance(records, list):
        return records
    raise ValueError(f"{str(path)!r} must hold a JSON list of records, but it holds something else; name another folder.")


def _record(sample: Sample, *, image: str) -> dict[str, Any]:
    instruction = sample.instruction
    answer = f"{limit_words(Limits.named(instruction.limits))} {sample.answer}".strip()
    human = sample.question if sample.target is None else sample.question.replace(_IMAGE, f"{_IMAGE}{instruction.text}\n", 1)
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


def _read(folder: Path, record: Any, *, where: str) -> Sample:
    try:
        human, answer = (turn["value"] for turn in record["conversations"][:2])
        ours: dict[str, Any] = dict(record.get("spexlab") or {})
        mask = _read_layer(folder / "masks" / record["gt_image"])
        known = ours.pop("known_image", None)
        scene = _read_image(folder / "images" / record["image"], ours)
        target = ours.pop("target", None) if ours else target_of(human)
        instruction = _read_instruction(ours.pop("instruction", None), human, target)
        return Sample(
            name=str(record.get("id", Path(record["gt_image"]).stem)),
            scene=scene,
            instruction=instruction,
            target=target,
            mask=mask,
            known=_read_layer(folder / "known" / known) if known else np.ones_like(mask),
            question=human if target is None else human.replace(f"{_IMAGE}{instruction.text}\n", _IMAGE, 1),
            evidence=ours.pop("evidence", ""),
            answer=answer.removeprefix(limit_words(Limits.named(instruction.limits))).lstrip(),
            kind=ours.pop("kind", "one target" if mask.any() else "absent"),
            facts=ours,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"{where} must have image, gt_image and conversations of two turns, but reading it failed "
            f"({type(error).__name__}: {error}); mend or remove it."
        ) from error


def _read_instruction(stored: Mapping[str, Any] | None, human: str, target: str | None) -> Instruction:
    """What was typed; in a released record, whose question is no instruction where it lists regions, the target's name."""
    if stored is None:
        typed = human.replace("<image>", "").strip()
        named = () if target is None else (target,)
        return Instruction(target if target and "[" in typed else typed, named)
    lists = {name: tuple(str(one) for one in stored[name]) for name in ("include", "exclude", "limits")}
    return Instruction(str(stored["text"]), **lists)


def _read_image(path: Path, facts: Mapping[str, Any]) -> xr.DataArray:
    if path.suffix.lower() in (".tif", ".tiff"):
        return open_scene(path)
    with warnings.catch_warnings():
        # That 8-bit colour is no true reflectance is known of every picture of such a set.
        warnings.simplefilter("ignore", SceneWarning)
        scene = open_scene(path, sensor="rgb")
    scene.attrs["pixel_size_m"] = facts.get("pixel_size_m")
    return scene


def _write_layer(layer: NDArray[np.bool_], path: Path) -> None:
    Image.fromarray(layer.astype(np.uint8)).save(path)


def _read_layer(path: Path) -> NDArray[np.bool_]:
    with Image.open(path) as image:
        layer: NDArray[np.bool_] = np.asarray(image) > 0
    return layer


def _write_json(content: Sequence[Any] | Mapping[str, Any], path: Path) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False, default=float) + "\n", encoding="utf-8")
