"""Sets of samples, read: ours, and those in the released layout (`spexlab.spie.layout`).

Where a record has nothing under ``spexlab`` the picture is plain colour, and the target is what the question says.
"""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from PIL import Image

from spexlab.evidence.limits import Limits, limit_words
from spexlab.language.instructions import Instruction
from spexlab.language.question import target_of
from spexlab.scene import SceneWarning, open_scene
from spexlab.spie.layout import IMAGE
from spexlab.spie.samples import Sample, SampleRecord

SetPart = Literal["train", "validation", "test"]
_NO_FACTS = ("instruction", "target", "kind", "evidence", "known_image")
"""What a record has under ``spexlab`` beside a sample's facts."""


class SpieSet(Sequence[Sample]):
    """The samples of a set, in order; pictures and masks are read when a sample is asked for, so that no set is too large."""

    def __init__(self, folder: Path, records: Sequence[tuple[str, Any]]) -> None:
        self._folder, self._records = folder, list(records)
        self.entries = [_entry(record, where=where) for where, record in self._records]
        """What is known of each sample without its picture."""

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, number: int) -> Sample: ...
    @overload
    def __getitem__(self, number: slice) -> "SpieSet": ...
    def __getitem__(self, number: int | slice) -> "Sample | SpieSet":
        """Read a sample, or choose some to be read later.

        Raises
        ------
        FileNotFoundError
            If a file that its record names is missing.
        ValueError
            If it cannot be read; the message names list and record.
        """
        if isinstance(number, slice):
            return SpieSet(self._folder, self._records[number])
        where, record = self._records[number]
        return _read(self._folder, record, self.entries[number], where=where)

    def only(self, keep: Callable[[SampleRecord], bool]) -> "SpieSet":
        """Choose samples by what is known of them without their pictures."""
        return SpieSet(self._folder, [record for record, entry in zip(self._records, self.entries, strict=True) if keep(entry)])


def read_spie(folder: str | Path, *, part: SetPart | None = None) -> SpieSet:
    """Read a set of samples, ours or one in the released layout; the pictures when they are asked for.

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
        If there is no list.
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
    records = ((path, number, record) for path in lists for number, record in enumerate(_read_list(path)))
    return SpieSet(folder, [(f"record {number} of {path.name}", record) for path, number, record in records])


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


@contextmanager
def _naming(where: str) -> Iterator[None]:
    """Name the record that is at fault."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"{where} must have image, gt_image and conversations of two turns, but reading it failed "
            f"({type(error).__name__}: {error}); mend or remove it."
        ) from error


def _entry(record: Any, *, where: str) -> SampleRecord:
    with _naming(where):
        human, _ = (str(turn["value"]) for turn in record["conversations"][:2])
        ours: dict[str, Any] = dict(record.get("spexlab") or {})
        target = ours.get("target") if ours else target_of(human)
        return SampleRecord(
            name=str(record.get("id", Path(record["gt_image"]).stem)),
            instruction=_read_instruction(ours.get("instruction"), human, target),
            target=target,
            kind=ours.get("kind", "one target"),
            facts={name: value for name, value in ours.items() if name not in _NO_FACTS},
        )


def _read(folder: Path, record: Any, entry: SampleRecord, *, where: str) -> Sample:
    with _naming(where):
        human, answer = (turn["value"] for turn in record["conversations"][:2])
        ours: dict[str, Any] = record.get("spexlab") or {}
        scene = _read_image(_inside(folder / "images", record["image"]), entry.facts)
        shape, known = scene.shape[1:], ours.get("known_image")
        mask = _read_layer(_inside(folder / "masks", record["gt_image"]), shape)
        return Sample(
            name=entry.name,
            scene=scene,
            instruction=entry.instruction,
            target=entry.target,
            mask=mask,
            known=_read_layer(_inside(folder / "known", known), shape) if known else np.ones_like(mask),
            question=human if entry.target is None else human.replace(f"{IMAGE}{entry.instruction.text}\n", IMAGE, 1),
            evidence=ours.get("evidence", ""),
            answer=answer.removeprefix(limit_words(Limits.named(entry.instruction.limits))).lstrip(),
            kind=entry.kind if ours or mask.any() else "absent",
            facts=entry.facts,
        )


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


def _inside(folder: Path, name: Any) -> Path:
    """Where a file of a set lies; a set that came from elsewhere names no others."""
    path = folder / str(name)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"the files of a set must lie in it, but {str(name)!r} leads out of {folder.name}/")
    return path


def _read_layer(path: Path, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Read a layer (H, W) of its picture's shape; of another, not even its pixels."""
    try:
        with Image.open(path) as image:
            if image.size != shape[::-1]:
                raise ValueError(
                    f"a layer must have its picture's {shape[1]} x {shape[0]} pixels, but {path.name} has {image.size}"
                )
            layer: NDArray[np.bool_] = np.asarray(image) > 0
    except Image.DecompressionBombError as error:
        raise ValueError(f"{path.name} must have {shape[1]} x {shape[0]} pixels as its picture, but has far more") from error
    return layer
