"""The two stages of training, as functions for notebook cells and for commands, and the folder that a run lives in."""

from spexlab.training.run import Sample, TrainingRun

__all__ = ["Sample", "TrainingRun"]
