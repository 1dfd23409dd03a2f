"""A course that works offline: exercises with checks that answer, simulated landscapes, and a folder with all of it.

`check("1a", answer)` says whether an answer is right, nearly right, or what to look at; `landscape("lakes")` gives a simulated
scene with its truth; `spexlab workshop FOLDER` copies notebooks, exercises, solutions and data.
"""

from spexlab.workshop.exercises import EXERCISES, check
from spexlab.workshop.folder import write_workshop
from spexlab.workshop.judging import water_samples
from spexlab.workshop.landscapes import LANDSCAPES, landscape, raw_numbers
from spexlab.workshop.verdict import Verdict

__all__ = ["EXERCISES", "LANDSCAPES", "Verdict", "check", "landscape", "raw_numbers", "water_samples", "write_workshop"]
