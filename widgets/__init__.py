"""Map apps for notebooks: widget state and calls into `spexlab`, nothing more."""

from widgets.explorer import Explorer
from widgets.index_lab import IndexLab
from widgets.prompt_lab import PromptLab
from widgets.training_monitor import TrainingMonitor

__all__ = ["Explorer", "IndexLab", "PromptLab", "TrainingMonitor"]
