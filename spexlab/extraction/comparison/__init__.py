"""Several instructions about one area, side by side: what each finds, and where they agree."""

from spexlab.extraction.comparison.asking import Answer, Comparison, answers, compare

__all__ = ["Answer", "Comparison", "answers", "compare"]
