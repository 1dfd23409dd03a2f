"""The exercises of the course and their checks: what is asked, and how an answer is judged.

Checks work out the right answer from the same landscape, and where a model is asked, with the same model: they hold for any
checkpoint.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from spexlab.workshop.asking import around, instruction, location, water_area
from spexlab.workshop.judging import corrected, estimated_area, users_accuracy
from spexlab.workshop.measuring import forgotten_offset, index, radiometry, threshold
from spexlab.workshop.verdict import Verdict


@dataclass(frozen=True)
class Exercise:
    """One question."""

    task: str
    judge: Callable[[Any], Verdict]


EXERCISES = {
    "1a": Exercise("How many hectares of water does spex-tiny find in the landscape `lakes`? (A number.)", water_area),
    "1b": Exercise("Ask for the lakes over 2 ha in the north, in your own words. (A text in quotes.)", instruction),
    "2a": Exercise("Which threshold of NDVI finds the vegetation of `city` best? (A number.)", threshold),
    "2b": Exercise("Which index tells water best in `mountains`: NDVI, NDWI, MNDWI or NDBI? (A word in quotes.)", index),
    "3a": Exercise("Where, in SPIE's words, lies the largest region of water in `lakes`? (A word in quotes.)", location),
    "3b": Exercise("What is the mean of the index around that region, as SPIE says it? (A number.)", around),
    "4a": Exercise("Which scale and offset turn `raw_numbers()` into reflectance? (Two numbers in brackets.)", radiometry),
    "4b": Exercise(
        "By how much is the mean NDVI of `farmland` off where the offset is forgotten? (A number: wrong minus right.)",
        forgotten_offset,
    ),
    "5a": Exercise("What is the user's accuracy of water in `lakes`, from the drawn samples? (A share, 0 to 1.)", users_accuracy),
    "5b": Exercise("How many hectares of water are there, as the samples say? (A number.)", estimated_area),
    "6a": Exercise("Mend the answer to 'trees' in `tropics` with at most three corrections. (The corrected answer.)", corrected),
}
"""By number, in the order of the course."""


def check(exercise: str, answer: Any = None) -> Verdict:
    """Judge an answer.

    Parameters
    ----------
    exercise : str
        One of `EXERCISES`.
    answer
        What the exercise asks for; None as long as there is none.

    Returns
    -------
    Verdict
        Right, nearly or not yet, with a hint.

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    if exercise not in EXERCISES:
        raise ValueError(f"there is no exercise {exercise!r}; there are {', '.join(EXERCISES)}")
    asked = EXERCISES[exercise]
    return Verdict("open", asked.task) if answer is None or answer is ... else asked.judge(answer)
