"""A spectral index tuned by hand, and the words of SPIE that it becomes."""

from spexlab.extraction.tuning.tuned import BINS, TunedIndex, tune_index

__all__ = ["BINS", "TunedIndex", "tune_index"]
