"""Map apps for notebooks: widget state and calls into `spexlab`, nothing more."""

from widgets.explorer.explorer import Explorer
from widgets.labs.index_lab import IndexLab
from widgets.labs.prompt_lab import PromptLab
from widgets.labs.training_monitor import TrainingMonitor

__all__ = ["Explorer", "IndexLab", "PromptLab", "TrainingMonitor"]
