"""Several instructions about one area, side by side: what each finds, and where they agree."""

from spexlab.extraction.comparison.answer import Answer
from spexlab.extraction.comparison.asking import Comparison, answers, compare
from spexlab.extraction.comparison.baseline import Baseline
from spexlab.extraction.comparison.scoretable import MEAN, ScoreTable

__all__ = ["MEAN", "Answer", "Baseline", "Comparison", "ScoreTable", "answers", "compare"]
