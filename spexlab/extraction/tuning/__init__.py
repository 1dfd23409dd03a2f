"""A spectral index tuned by hand, and the words of SPIE that it becomes."""

from spexlab.extraction.tuning.tuned import BINS, TunedIndex, recipes_for, tune_index

__all__ = ["BINS", "TunedIndex", "recipes_for", "tune_index"]
