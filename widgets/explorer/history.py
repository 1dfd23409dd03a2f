"""What was asked in this session and what came of it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from textwrap import shorten
from typing import Any

import ipywidgets as W
import numpy as np

from spexlab.evidence.limits import share_of
from spexlab.evidence.regions import share_words
from spexlab.language.request import Request
from spexlab.scene.ground import mask_area, pixel_areas
from widgets.explorer.answered import Answered
from widgets.explorer.correcting import Said
from widgets.explorer.scene_ref import SceneRef
from widgets.parts.report import area_text
from widgets.parts.style import note, styled
from widgets.parts.table import TextTable

KEPT_BYTES = 1 << 29
"""Masks and probabilities kept for a click; of older runs the numbers stay, and a click asks again."""
_TITLE = 30
"""Characters of a scene's title that a narrow column has room for."""
_EMPTY = "What you ask is listed here: a click brings its masks back."
_HINT = "A row brings scene and masks back, or asks again where they are no longer kept. ↺ the image had been read before."


@dataclass(frozen=True)
class Entry:
    """One instruction and its answer; everything but the result itself is ready for JSON."""

    instruction: str
    """As it was typed."""
    scene: SceneRef
    """Where it was asked."""
    area: dict[str, Any] | None
    """GeoJSON as `spexlab.extract` takes it; None is the whole scene."""
    shares: dict[str, float]
    """Target -> part of the area's valid pixels, 0-1."""
    pixels: int
    """Valid pixels of the area."""
    area_m2: float | None
    """Square metres of them; None where the size of a pixel is unknown."""
    seconds: float
    """What the run took."""
    features_reused: bool
    """Whether the image had been read for an earlier instruction."""
    provenance: dict[str, Any]
    """`Extraction.provenance`."""
    answer: Answered | None = field(default=None, compare=False, repr=False)
    """The result, while it is kept."""

    @classmethod
    def of(cls, answer: Answered, *, scene: SceneRef, instruction: str, area: dict[str, Any] | None) -> "Entry":
        """Record a result; of several dates the numbers of the one that is shown."""
        extraction = answer.shown
        looked_at = extraction.probability[0].notnull().values
        return cls(
            instruction=instruction,
            scene=scene,
            area=area,
            shares={one.target: one.measurement.share for one in extraction.evidence},
            pixels=int(looked_at.sum()),
            area_m2=mask_area(looked_at, pixel_areas(extraction.scene)),
            seconds=round(answer.seconds, 3),
            features_reused=extraction.features_reused,
            provenance=extraction.provenance,
            answer=answer,
        )

    @property
    def thresholds(self) -> dict[str, float]:
        """By target, the thresholds that somebody chose."""
        return {name: self.provenance["thresholds"][name] for name in self.provenance["by_hand"]}

    @property
    def previous(self) -> Request | None:
        """What the instruction went on from, if anything."""
        record = self.provenance.get("previous")
        return record and Request.from_dict(record)

    @property
    def asked(self) -> str | Request:
        """What asks for the same again: the instruction, or the request where one was given in its place."""
        record = self.provenance
        return Request.from_dict(record["request"], bounds=record["bounds"]) if record.get("by_request") else self.instruction

    @property
    def corrections(self) -> list[Said]:
        """What was pointed at to correct it."""
        return self._said(self.provenance)

    @staticmethod
    def _said(provenance: Mapping[str, Any]) -> list[Said]:
        # Sessions that were saved before answers could be corrected say nothing of it.
        return [Said(one["target"], one["said"], one["geometry"]) for one in provenance.get("corrections", [])]

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Entry":
        """Read what `to_json` gave.

        Raises
        ------
        AttributeError, KeyError, TypeError, ValueError
            If it is no such record.
        """
        numbers = [record["seconds"], record["pixels"], record["area_m2"] or 0, *record["shares"].values()]
        if not all(isinstance(number, int | float) for number in numbers):
            raise TypeError("seconds, pixels, area and shares of a result must be numbers")
        if not isinstance(record["instruction"], str) or not isinstance(record["area"], dict | None):
            raise TypeError("what was asked must be text, and where, GeoJSON or null")
        by_hand, thresholds = (record["provenance"].get(name) for name in ("by_hand", "thresholds"))
        if not isinstance(by_hand, list) or not isinstance(thresholds, dict) or not set(by_hand) <= set(thresholds):
            raise TypeError("the provenance of a result must hold its thresholds, and list those that were chosen by hand")
        if not all(said.side in {"inside", "outside"} for said in cls._said(record["provenance"])):
            raise ValueError("a correction of a result must say inside or outside")
        names = ("instruction", "area", "shares", "pixels", "area_m2", "seconds", "features_reused", "provenance")
        entry = cls(scene=SceneRef.from_json(record["scene"]), **{name: record[name] for name in names})
        entry.cells(scenes=2)  # that it can be shown is known before anything is
        return entry

    def to_json(self) -> dict[str, Any]:
        """Everything but the result, in plain values."""
        plain = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in {"scene", "answer"}}
        return plain | {"scene": self.scene.to_json()}

    def cells(self, *, scenes: int) -> list[str]:
        """What the table shows, where it lists answers about so many scenes."""
        parts = {want.target: share_of(want) for want in Request.from_dict(self.provenance["request"]).wants}
        found = ", ".join(f"{target} {share_words(share)} {parts.get(target, '')}".strip() for target, share in self.shares.items())
        if self.thresholds:
            found += f", cut at {', '.join(f'{value:.2f}' for value in self.thresholds.values())}"
        if self.corrections:
            found += f", corrected ({len(self.corrections)})"
        if self.scene.several:
            found += f" on {str(self.provenance['date'])[:10]}"
        where = area_text(self.area_m2, self.pixels) if self.area else "whole scene"
        if scenes > 1:
            where = f"{where} of {shorten(self.scene.title or 'an untitled scene', _TITLE, placeholder=' …')}"
        return [self.instruction, where, found, f"{self.seconds:.1f}{' ↺' if self.features_reused else ''}"]


class HistoryPanel(W.VBox):
    """The instructions of this session, the newest first."""

    def __init__(self) -> None:
        self.table = TextTable(["Instruction", "Area", "Found", "Seconds"], label="Instructions so far, newest first", empty=_EMPTY)
        super().__init__([self.table, note(_HINT)])
        styled(self, "spx-page")
        self.entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Put an answer first; results beyond `KEPT_BYTES` are let go, the oldest before the others."""
        self.replace([*self.entries, entry])

    def replace(self, entries: Sequence[Entry]) -> None:
        """Show other entries, given from the oldest to the newest."""
        kept = _within(entries, KEPT_BYTES)
        scenes = len({json.dumps(entry.scene.to_json()) for entry in kept})
        rows = [entry.cells(scenes=scenes) for entry in kept]
        self.entries = kept[::-1]
        self.table.show(rows)

    def change(self, before: Answered, after: Answered) -> None:
        """Keep, in the place of a result, the same cut elsewhere or corrected."""
        made = [
            Entry.of(after, scene=entry.scene, instruction=entry.instruction, area=entry.area) if entry.answer is before else entry
            for entry in self.entries
        ]
        self.replace(made)

    def on_pick(self, callback: Callable[[Entry], object]) -> None:
        """Call back with the entry whose row is picked."""
        self.table.on_pick(lambda number: callback(self.entries[-1 - number]))


def _within(entries: Sequence[Entry], free: int) -> list[Entry]:
    """The newest entry first; results and scenes that would take more than `free` bytes are let go."""
    kept: list[Entry] = []
    counted: set[int] = set()
    for entry in reversed(entries):
        held = {id(array): array.nbytes for array in _held(entry)}
        free -= sum(size for name, size in held.items() if name not in counted)
        counted |= set(held)
        kept.append(entry if free >= 0 else replace(entry, answer=None, scene=replace(entry.scene, scene=None)))
    return kept


def _held(entry: Entry) -> list[np.ndarray]:
    """Arrays that an entry keeps in memory; many entries share a scene's, of which each result shows a part."""
    whole: list[np.ndarray] = []
    arrays = [] if entry.scene.scene is None else [entry.scene.scene]
    for one in () if entry.answer is None else entry.answer.extractions:
        arrays += [one.mask, one.probability, one.excluded, one.scene]
        whole += one.held
    for array in (array for array in arrays if array.chunks is None):
        values = array.values
        while isinstance(values.base, np.ndarray):
            values = values.base
        whole.append(values)
    return whole
