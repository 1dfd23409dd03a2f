"""IoU after so many clicks of a simulated user, on places that the checkpoint never saw.

    python benchmarks/corrections.py --data ../shared/data --results benchmarks/results

Each click points at the most interior pixel of the largest mistake, missed or false alike, and says what the label says there. It
starts from the checkpoint's own answer. Of each place the first scenes in which the target is labelled are clicked, at most
`SCENES` of them and `SIDE` pixels from their middle a side, and averaged; places are averaged. A click harms if it lowers the IoU
by more than `HARM`. The words of the answer have no part in it and are not written.
"""

import argparse
import os
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from clicking import Course, clicked, point_at
from report import keep_results

import spexlab
from spexlab.evaluation import PIXEL_KINDS, Case, cases_of, split_places
from spexlab.evaluation.tables import Table
from spexlab.extraction import Spex
from spexlab.places import Place, open_places
from spexlab.scene import PixelKind

WANTED = ("water", "trees", "buildings", "built-up")
COUNTS = (0, 1, 2, 3, 5, 10, 20)
SCENES, SIDE, HARM = 1, 384, 0.02
GOALS = {"water": (0.85, 0.92), "trees": (0.62, 0.75), "buildings": (0.48, 0.62), "built-up": (0.48, 0.62)}
"""IoU after 3 and after 10 clicks."""
LARGE, PRESSED = 1024, 10
"""Pixels a side of the scene by which the speed is told, and clicks."""


class Wordless(Spex):
    """A checkpoint that leaves the words to the template."""

    def describe(self, *_: Any, **__: Any) -> str:
        """Write nothing."""
        return ""


@dataclass(frozen=True)
class Clicked:
    """A target in a scene, clicked."""

    place: str
    group: str
    target: str
    pixels: PixelKind
    course: Course


def main() -> None:
    """Click, print, and keep the results if asked."""
    options = _options()
    warnings.simplefilter("ignore")
    spex = _wordless(options.model)
    places = [_middle(place) for place in split_places(open_places(options.data), options.model)["held-out"]]
    courses = []
    for case in _chosen(list(cases_of(places))):
        course = click_through(spex, case)
        courses.append(Clicked(case.place.name, case.place.group, case.target, case.kind, course))
        print(f"{case.place.name}, {case.target}: {course.after(0):.2f} to {course.after(10):.2f}", file=sys.stderr, flush=True)
    text = summary(courses, speed(spex))
    print(text)
    if options.results:
        write_results(courses, text, options.results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled places (manifest.json, scenes/, labels/)")
    parser.add_argument("--model", default="spex-tiny", help="name or folder of the checkpoint")
    parser.add_argument("--results", type=Path, help="folder for corrections.json and its table, which goes into the docs, too")
    return parser.parse_args()


def _wordless(model: str) -> Wordless:
    whole = spexlab.load_model(model)
    return Wordless(whole.model, whole.processor, name=whole.name, checkpoint=whole.checkpoint, scorecard=whole.scorecard)


def _chosen(cases: Sequence[Case]) -> Iterator[Case]:
    """The first scenes of each place for each target; wide pixels hold no building, but built-up land."""
    taken: dict[tuple[str, str], int] = {}
    for case in cases:
        key = case.place.group, case.target
        if case.target in WANTED and not (case.kind == "coarse" and case.target == "buildings") and taken.get(key, 0) < SCENES:
            taken[key] = taken.get(key, 0) + 1
            yield case


def click_through(spex: Spex, case: Case, clicks: int = COUNTS[-1]) -> Course:
    """Ask for a target by its name, and correct the answer."""
    return clicked(spex.extract(case.place.scene, case.target), case.target, case.present, case.known, clicks=clicks)


def _middle(place: Place) -> Place:
    rows, columns = (slice(max(0, (size - SIDE) // 2), (size + SIDE) // 2) for size in place.labels.shape)
    return replace(place, scene=place.scene.isel(y=rows, x=columns), labels=place.labels[rows, columns])


@dataclass(frozen=True)
class Speed:
    """What clicks in a large scene take: mask, measures and trust."""

    looking: float
    """Seconds to look at the scene's pixels, once, when a tool is picked."""
    seconds: float
    """Of a click, median."""
    processor: float
    """Of the processors in it, median: on a busy machine much less."""
    load: float
    """Of the machine."""


def speed(spex: Spex) -> Speed:
    """Click at random in a large scene."""
    small, _ = spexlab.simulate_scene(3, size=LARGE // 2)
    values = np.pad(small.values, ((0, 0), *[(0, LARGE // 2)] * 2), mode="symmetric")
    metres = small.attrs["pixel_size_m"] * np.arange(LARGE)
    place = {"y": small.y.values[0] - metres, "x": small.x.values[0] + metres}
    scene = small.isel(y=0, x=0, drop=True).expand_dims(y=LARGE, x=LARGE).transpose("band", "y", "x").assign_coords(place)
    found = spex.extract(scene.copy(data=values), "water")
    start = time.perf_counter()
    found = found.prepared()
    looking, clocks = time.perf_counter() - start, []
    for row, column in np.random.default_rng(0).integers(0, LARGE, (PRESSED, 2)):
        before = time.perf_counter(), time.process_time()
        found = found.corrected(outside=point_at(found.scene, int(row), int(column)))
        clocks.append((time.perf_counter() - before[0], time.process_time() - before[1]))
    return Speed(looking, *np.median(clocks, axis=0), os.getloadavg()[0])


def summary(courses: Sequence[Clicked], speed: Speed) -> str:
    """Lay out what docs/accuracy.md shows."""
    harmed, made = sum(one.course.harmed(HARM) for one in courses), sum(len(one.course.seconds) for one in courses)
    sentences = (
        f"Clicks that lower the IoU by more than {HARM}: {harmed} of {made} ({harmed / max(made, 1):.1%}).",
        f"Seconds a click at {LARGE} pixels a side (median): {speed.seconds:.2f}, of the processors {speed.processor:.2f};",
        f"before the first, {speed.looking:.1f} to look at the pixels.",
        f"The machine had {os.cpu_count()} cores and a load of {speed.load:.1f}.",
    )
    return f"{table(courses).markdown()}\n{' '.join(sentences)}\n"


def table(courses: Sequence[Clicked]) -> Table:
    """IoU by target, kind of pixels and clicks, averaged over places."""
    rows = []
    for kind, width in PIXEL_KINDS.items():
        for target in WANTED:
            mine = [one for one in courses if (one.target, one.pixels) == (target, kind)]
            groups = sorted({one.group for one in mine})
            if groups:
                means = [[np.mean([o.course.after(n) for o in mine if o.group == group]) for n in COUNTS] for group in groups]
                rows.append((f"{target}, {width}", len(groups), *(f"{value:.3f}" for value in np.mean(means, axis=0))))
                goals = dict(zip((3, 10), GOALS[target], strict=True))
                rows.append(("goal", "", *(f"{goals[n]:.2f}" if n in goals else "" for n in COUNTS)))
    return Table(("target", "places", *(f"{n} clicks" if n != 1 else "1 click" for n in COUNTS)), tuple(rows))


def write_results(courses: Sequence[Clicked], text: str, folder: Path) -> None:
    """Keep the numbers and the table, and put the table into docs/accuracy.md."""
    numbers = [
        {"place": one.place, "group": one.group, "target": one.target, "iou": [round(value, 4) for value in one.course.ious]}
        for one in courses
    ]
    keep_results(folder, "corrections", numbers, text)


if __name__ == "__main__":
    main()
