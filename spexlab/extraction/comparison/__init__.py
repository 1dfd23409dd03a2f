"""Several instructions about one area, side by side: what each finds, and where they agree."""

from spexlab.extraction.comparison.answer import Answer
from spexlab.extraction.comparison.asking import Comparison, answers, compare
from spexlab.extraction.comparison.baseline import Baseline

__all__ = ["Answer", "Baseline", "Comparison", "answers", "compare"]
