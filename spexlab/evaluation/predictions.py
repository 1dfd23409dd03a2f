"""Answers kept in a folder, so that every table is made from files and an interrupted run goes on where it stopped.

FOLDER/run.json                   whose answers these are
FOLDER/<place>/<target>.npz       mask (packed bits) and probability (uint8: 250 steps; 255 = no data)
FOLDER/<place>/<target>.json      words, claims, seconds, provenance; written last
"""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import spexlab
from spexlab.evaluation.cases import Case, cases_of
from spexlab.evaluation.methods import AskedSpex, Method, Prediction
from spexlab.extraction import Spex
from spexlab.places import Place
from spexlab.scene.outputs import replacing

_STEPS, _NO_DATA = 250, 255


@dataclass(frozen=True, eq=False)
class StoredPrediction:
    """A prediction as it was kept."""

    place: str
    target: str
    able: bool
    """Whether the method could answer at all; if not, its mask is empty."""
    mask: NDArray[np.bool_]
    """(H, W)."""
    probability: NDArray[np.float32] | None
    """(H, W) to 1/250, NaN where there is no data; None if the method gave none."""
    words: str
    claims: list[dict[str, Any]]
    seconds: float
    provenance: dict[str, Any]


def predict(
    method: Method | Spex,
    places: Iterable[Place],
    folder: str | Path,
    *,
    absent: bool = True,
    on_case: Callable[[Case], None] | None = None,
) -> Path:
    """Let a method answer every target that can be scored, and keep the answers; those that are kept already stay.

    Parameters
    ----------
    method
        A baseline, or a SPEX checkpoint, which is asked in words and free-running.
    places
        Where to ask.
    folder
        Where to keep the answers; made if need be.
    absent
        Ask also for targets that the label says are nowhere, for false alarms and for the confusion of classes.
    on_case
        Called with each case before it is answered.

    Raises
    ------
    ValueError
        If the folder holds the answers of another method, or of the same with other weights or settings.
    """
    asked = AskedSpex(method) if isinstance(method, Spex) else method
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    _claim(out, asked)
    for case in cases_of(places, absent=absent):
        if not _record(out, case.place.name, case.target).is_file():
            if on_case is not None:
                on_case(case)
            start = time.perf_counter()
            answer = asked.predict(case.place.scene, case.target)
            _keep(out, case, answer, time.perf_counter() - start)
    return out


def read_prediction(folder: str | Path, place: str, target: str) -> StoredPrediction:
    """Read one answer.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    record = _record(Path(folder), place, target)
    if not record.is_file():
        message = f"no answer for {target!r} in place {place!r} is kept in {str(folder)!r}; run spexlab.evaluation.predict first."
        raise FileNotFoundError(message)
    facts = json.loads(record.read_text())
    with np.load(record.with_suffix(".npz"), allow_pickle=False) as arrays:
        shape = tuple(arrays["shape"])
        mask = np.unpackbits(arrays["mask"], count=int(np.prod(shape))).reshape(shape).astype(bool)
        probability = _probability(arrays["probability"]) if "probability" in arrays else None
    return StoredPrediction(mask=mask, probability=probability, **facts)


def _record(folder: Path, place: str, target: str) -> Path:
    return folder / place.replace("/", "_") / f"{target.replace(' ', '_')}.json"


def _claim(folder: Path, method: Method) -> None:
    """Write down whose folder this is, or make sure that it is this method's."""
    mine = {"method": method.name, "identity": method.identity}
    run = folder / "run.json"
    if not run.is_file():
        with replacing(run) as temporary:
            temporary.write_text(json.dumps({**mine, "version": spexlab.__version__}, indent=1) + "\n")
        return
    theirs = {key: json.loads(run.read_text()).get(key) for key in mine}
    if theirs != mine:
        raise ValueError(
            f"the folder {str(folder)!r} holds answers of {theirs['method']} ({str(theirs['identity'])[:12]}), not of "
            f"{method.name} ({method.identity[:12]}); choose another folder, or remove that one."
        )


def _keep(folder: Path, case: Case, answer: Prediction | None, seconds: float) -> None:
    able = answer is not None
    answer = answer or Prediction(np.zeros(case.known.shape, dtype=bool))
    record = _record(folder, case.place.name, case.target)
    record.parent.mkdir(exist_ok=True)
    arrays: dict[str, NDArray[Any]] = {"mask": np.packbits(answer.mask), "shape": np.array(answer.mask.shape)}
    if answer.probability is not None:
        arrays["probability"] = _quantised(answer.probability)
    with replacing(record.with_suffix(".npz")) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)
    facts = {
        "place": case.place.name,
        "target": case.target,
        "able": able,
        "words": answer.words,
        "claims": list(answer.claims),
        "seconds": round(seconds, 3),
        "provenance": answer.provenance,
    }
    with replacing(record) as temporary:
        temporary.write_text(json.dumps(facts, ensure_ascii=False) + "\n")


def _quantised(probability: NDArray[np.float32]) -> NDArray[np.uint8]:
    steps = np.rint(np.nan_to_num(probability) * _STEPS)
    return np.where(np.isfinite(probability), steps, _NO_DATA).astype(np.uint8)


def _probability(steps: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.where(steps == _NO_DATA, np.nan, steps / np.float32(_STEPS)).astype(np.float32)
