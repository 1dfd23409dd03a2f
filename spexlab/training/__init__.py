"""The two stages of training, as functions for notebook cells and for commands, and the folder that a run lives in."""

from spexlab.training.mixture import PlaceMixture, split_by_group
from spexlab.training.places import pseudo_labelled, simulated_places
from spexlab.training.pretraining import pretrain
from spexlab.training.run import Sample, TrainingRun
from spexlab.training.segmenter import SceneSegmenter, Segmenter, load_segmenter
from spexlab.training.settings import PretrainSettings
from spexlab.training.stream import BrokenSampleError

__all__ = [
    "BrokenSampleError",
    "PlaceMixture",
    "PretrainSettings",
    "Sample",
    "SceneSegmenter",
    "Segmenter",
    "TrainingRun",
    "load_segmenter",
    "pretrain",
    "pseudo_labelled",
    "simulated_places",
    "split_by_group",
]
