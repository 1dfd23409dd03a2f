"""What teaching brings: a class of one's own from one polygon and ten clicks, and IoU on other scenes after a lesson.

    python benchmarks/teaching.py --data ../shared/data --results benchmarks/results

A class that the labels of a held-out place know is taught under a word that nothing knows: a box in the middle of its largest
patch, then a simulated user's clicks, each at the most interior pixel of the largest mistake. IoU is that of the rest of the scene,
without the box. The lesson is that of notebook 5: a camera that reads a quarter of the near infrared, on simulated scenes; masks of
vegetation are clicked, kept and taught from, and scenes that nobody clicked tell what came of it.
"""

import argparse
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
from clicking import clicked_answer, next_click
from numpy.typing import NDArray
from report import keep_results
from scipy import ndimage
from shapely.geometry import Point, box
from shapely.geometry.base import BaseGeometry

import spexlab
from spexlab.evaluation import split_places
from spexlab.evaluation.tables import Table
from spexlab.extraction.teaching import taught
from spexlab.places import Place, open_places, simulated_places
from spexlab.scene.grid import crs_of, transform_of
from spexlab.training.teaching import teach_from

CLASSES = ("water", "trees", "cropland", "bare", "snow")
COUNTS = (0, 1, 3, 5, 10)
SIDE, DEEPEST, GOAL = 384, 8, 0.6
"""Pixels from the middle of a scene, half a box's side at most, and the IoU that is aimed at for a class of its own spectrum."""
CAMERA, SCENES, UNSEEN, CLICKS, STEPS = ("planetscope", 3.0), 6, 4, 8, 80
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Course:
    """How a class fared in one scene."""

    place: str
    group: str
    name: str
    ious: tuple[float, ...]
    """With the box alone, and after each click."""


def main() -> None:
    """Teach, print, and keep the results if asked."""
    options = _options()
    warnings.simplefilter("ignore")
    places = split_places(open_places(options.data), options.model)["held-out"]
    courses = []
    for place in map(_middle, places):
        for name in CLASSES:
            for course in _course(place, name):
                courses.append(course)
                print(f"{place.name}, {name}: {course.ious[0]:.2f} to {course.ious[-1]:.2f}", file=sys.stderr, flush=True)
    before, after = lesson(options.model, steps=options.steps)
    text = f"{table(courses).markdown()}\n{lesson_words(before, after, options.steps)}\n"
    print(text)
    if options.results:
        _write(courses, (before, after), text, options.results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled places (manifest.json, scenes/, labels/)")
    parser.add_argument("--model", default="spex-tiny", help="name or folder of the checkpoint")
    parser.add_argument("--steps", type=int, default=STEPS, help="of the lesson")
    parser.add_argument("--results", type=Path, help="folder for teaching.json and its table, which also goes into the README")
    return parser.parse_args()


def _middle(place: Place) -> Place:
    rows, columns = (slice(max(0, (size - SIDE) // 2), (size + SIDE) // 2) for size in place.labels.shape)
    return replace(place, scene=place.scene.isel(y=rows, x=columns), labels=place.labels[rows, columns])


def _course(place: Place, name: str) -> Iterator[Course]:
    """Teach one class of a place, if there is a patch to draw a box in and more of it elsewhere."""
    present, known = place.truth(name)
    boxed = box_in(present & known)
    if boxed is None or (present & known & ~boxed).sum() < 4 * boxed.sum() or not (known & ~present).any():
        return
    rows, columns = np.nonzero(boxed)
    corners = [transform_of(place.scene) * (c, r) for r, c in ((rows.min(), columns.min()), (rows.max() + 1, columns.max() + 1))]
    inside: list[BaseGeometry] = [box(*np.min(corners, axis=0), *np.max(corners, axis=0))]
    outside: list[BaseGeometry] = []
    ious: list[float] = []
    for _ in range(COUNTS[-1] + 1):
        mask = _found(place, inside, outside)
        rest = known & ~boxed
        ious.append(float((mask & present & rest).sum() / max(((mask | present) & rest).sum(), 1)))
        click = next_click(mask, present, rest)
        if click is None:
            break
        at = Point(float(place.scene["x"][click.column]), float(place.scene["y"][click.row]))
        (inside if click.inside else outside).append(at)
    yield Course(place.name, place.group, name, tuple(ious))


def _found(place: Place, inside: Sequence[BaseGeometry], outside: Sequence[BaseGeometry]) -> Mask:
    there, elsewhere = (gpd.GeoSeries(shapes, crs=crs_of(place.scene)) if shapes else None for shapes in (inside, outside))
    own = taught(place.scene, "blorbs", inside=there, outside=elsewhere)
    return np.asarray(own.logits(place.scene) > 0)


def box_in(mask: Mask) -> Mask | None:
    """A square around the most interior pixel of a mask (H, W), within it; None where it would be a pixel or two."""
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    half = min(int(depth.max() / np.sqrt(2)) - 1, DEEPEST)
    if half < 2:
        return None
    row, column = np.unravel_index(depth.argmax(), mask.shape)
    boxed = np.zeros_like(mask)
    boxed[max(0, row - half) : row + half + 1, max(0, column - half) : column + half + 1] = True
    return boxed & mask


def lesson(model: str, *, steps: int) -> tuple[list[float], list[float]]:
    """IoU of vegetation on scenes that nobody clicked, before and after a lesson on those that somebody did."""
    drawn = simulated_places(SCENES + UNSEEN, size=128, sensors=[CAMERA])
    gains = np.where(drawn[0].scene["wavelength"] > 740, 0.25, 1.0).astype(np.float32)[:, None, None]
    places = [replace(place, scene=place.scene.copy(data=place.scene.values * gains)) for place in drawn]
    spex = spexlab.load_model(model)
    with tempfile.TemporaryDirectory() as folder:
        for number, place in enumerate(places[:SCENES]):
            answer = clicked_answer(
                spex.extract(place.scene, "vegetation"), "vegetation", *place.truth("vegetation"), clicks=CLICKS
            )
            answer.to_labels(Path(folder) / "samples", name=f"scene-{number}", group=f"scene-{number}")
        run = teach_from(Path(folder) / "samples", out=Path(folder) / "lesson", model=spex, steps=steps)
        run.wait()
        learnt = spexlab.load_model(run.model)
    return _scores(spex, places[SCENES:]), _scores(learnt, places[SCENES:])


def _scores(spex: spexlab.extraction.Spex, places: Sequence[Place]) -> list[float]:
    scores = []
    for place in places:
        (present, known), mask = place.truth("vegetation"), spex.extract(place.scene, "vegetation").mask.values[0]
        scores.append(float((mask & present & known).sum() / max(((mask | present) & known).sum(), 1)))
    return scores


def lesson_words(before: Sequence[float], after: Sequence[float], steps: int) -> str:
    """Say what a lesson brought."""
    return (
        f"After a lesson of {steps} steps on {SCENES} scenes with {CLICKS} clicks each, the IoU of vegetation on {len(before)} "
        f"scenes that nobody clicked is {np.mean(after):.3f} instead of {np.mean(before):.3f} (a simulated camera that reads a "
        "quarter of the near infrared)."
    )


def table(courses: Sequence[Course]) -> Table:
    """IoU of the rest by class and clicks, averaged over places."""
    rows = []
    for name in CLASSES:
        mine = [one for one in courses if one.name == name]
        groups = sorted({one.group for one in mine})
        if groups:
            means = [[np.mean([_after(one, n) for one in mine if one.group == group]) for n in COUNTS] for group in groups]
            rows.append((name, len(groups), *(f"{value:.3f}" for value in np.mean(means, axis=0))))
    return Table(
        ("taught as a word of one's own", "places", "box alone", *(f"{n} click{'s' * (n > 1)}" for n in COUNTS[1:])), tuple(rows)
    )


def _after(course: Course, clicks: int) -> float:
    return course.ious[min(clicks, len(course.ious) - 1)]


def _write(courses: Sequence[Course], lessons: tuple[list[float], list[float]], text: str, folder: Path) -> None:
    plain = [vars(one) | {"ious": [round(value, 4) for value in one.ious]} for one in courses]
    record = {"courses": plain, "lesson": dict(zip(("before", "after"), lessons, strict=True))}
    keep_results(folder, "teaching", record, text)


if __name__ == "__main__":
    main()
