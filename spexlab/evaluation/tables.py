"""Tables made from records: for people (Markdown), for spreadsheets (CSV), for programs (JSON)."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spexlab.evaluation.cases import PIXEL_KINDS
from spexlab.evaluation.landcover import NONE, LandCover
from spexlab.evaluation.scores import SCORES, Estimate, Record, by_place, difference, estimate, false_alarms
from spexlab.evidence.confusion import Confusion
from spexlab.scene import PixelKind
from spexlab.scene.outputs import replacing
from spexlab.targets import TARGETS

Cell = str | int | float | Estimate | None


@dataclass(frozen=True)
class Table:
    """Rows under headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def markdown(self) -> str:
        """Lay out for people; the first column is words, the others are numbers."""
        lines = [f"| {' | '.join(self.headings)} |", "|---|" + "--:|" * (len(self.headings) - 1)]
        lines += [f"| {' | '.join(map(_words, row))} |" for row in self.rows]
        return "\n".join(lines) + "\n"

    def to_csv(self, path: str | Path) -> Path:
        """Write for a spreadsheet; an estimate takes three columns."""
        wide = [i for i in range(len(self.headings)) if any(isinstance(row[i], Estimate) for row in self.rows)]
        with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(
                [name for i, h in enumerate(self.headings) for name in ([h, f"{h} low", f"{h} high"] if i in wide else [h])]
            )
            writer.writerows([value for i, cell in enumerate(row) for value in _plain(cell, wide=i in wide)] for row in self.rows)
        return Path(path)

    def to_json(self, path: str | Path) -> Path:
        """Write for programs: one object a row; an estimate has `mean`, `low`, `high`, `places`."""
        rows = [dict(zip(self.headings, map(_json, row), strict=True)) for row in self.rows]
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
        return Path(path)


def comparison_table(runs: Mapping[str, Sequence[Record]], kind: PixelKind) -> Table:
    """IoU of several methods, place-averaged, one row a target.

    Parameters
    ----------
    runs
        Method -> its records of the same places. The first one, the one in question, is shown with its interval.
    kind
        Kind of pixels.
    """
    first, *others = runs
    rows: list[tuple[Cell, ...]] = []
    for target in TARGETS:
        mine = estimate(by_place(runs[first], target, kind))
        if mine is not None:
            theirs = [estimate(by_place(runs[name], target, kind)) for name in others]
            rows.append((target, mine.places, mine, *(e.mean if e else None for e in theirs)))
    return Table(("target", "places", f"{first} (95 %)", *others), tuple(rows))


def scores_table(records: Sequence[Record], kind: PixelKind) -> Table:
    """All scores of one method, place-averaged, one row a target."""
    rows: list[tuple[Cell, ...]] = []
    for target in TARGETS:
        places = by_place(records, target, kind)
        if places:
            means = [e.mean if e else None for e in (estimate(places, name) for name in SCORES)]
            alarm = false_alarms(records, target, kind)
            rows.append((target, len(places), *means, alarm.mean if alarm else None))
    return Table(("target", "places", *SCORES, "false alarms where absent"), tuple(rows))


def calibration_table(errors: Mapping[PixelKind, Mapping[str, Estimate]]) -> Table:
    """Expected calibration error of the probabilities, one row a target, one column a kind of pixels."""
    headings = ("target", *(f"pixels of {PIXEL_KINDS[kind]} (95 %)" for kind in errors))
    rows = (
        (target, *(found.get(target) for found in errors.values()))
        for target in TARGETS
        if any(target in found for found in errors.values())
    )
    return Table(headings, tuple(rows))


def bands_table(full: Sequence[Record], cut: Mapping[str, Sequence[Record]]) -> Table:
    """What is lost with fewer bands: IoU and paired differences, over the scenes that every set of bands cuts down.

    Parameters
    ----------
    full
        Records with all bands.
    cut
        Name of a set of bands -> records of the same method with these bands only.
    """
    shared = set.intersection(*({record.place for record in records} for records in cut.values()))
    runs = {name: [r for r in records if r.place in shared] for name, records in (("all bands", full), *cut.items())}
    rows: list[tuple[Cell, ...]] = []
    for target in TARGETS:
        whole, *few = (by_place(records, target) for records in runs.values())
        if whole and all(few):
            means = [e.mean if e else None for e in map(estimate, (whole, *few))]
            rows.append((target, len(whole), *means, *(difference(places, whole) for places in few)))
    return Table(("target", "places", *runs, *(f"{name}, difference" for name in cut)), tuple(rows))


def confusion_table(cover: LandCover) -> Table:
    """Percent of all pixels, places weighing the same; rows are the label's classes, columns the answers."""
    names = (*cover.names, NONE)
    confusion: Confusion = cover.confusion
    percent = 100 * confusion.matrix / confusion.total
    rows: list[tuple[Cell, ...]] = [
        (f"is {name}", *(round(float(value), 1) for value in row), float(confusion.recall[i]))
        for i, (name, row) in enumerate(zip(cover.names, percent, strict=True))
    ]
    users = (*(float(value) for value in confusion.precision), None, confusion.overall_accuracy)
    return Table(("% of pixels", *names, "producer's accuracy"), (*rows, ("user's accuracy", *users)))


def _words(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def _plain(cell: Cell, *, wide: bool) -> list[Any]:
    if isinstance(cell, Estimate):
        return [cell.mean, cell.low, cell.high]
    return [cell, None, None] if wide else [cell]


def _json(cell: Cell) -> Any:
    if isinstance(cell, Estimate):
        return {"mean": cell.mean, "low": cell.low, "high": cell.high, "places": cell.places}
    return None if isinstance(cell, float) and math.isnan(cell) else cell
