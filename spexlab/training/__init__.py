"""The two stages of training, as functions for notebook cells and for commands, and the folder that a run lives in."""

from spexlab.training.background import in_background
from spexlab.training.finetuning import finetune
from spexlab.training.pretraining import pretrain
from spexlab.training.run import Snapshot, TrainingRun
from spexlab.training.segmenter import SceneSegmenter, Segmenter, load_segmenter
from spexlab.training.settings import FinetuneSettings, LoraSettings, PretrainSettings
from spexlab.training.sharding import FSDP_CONFIG
from spexlab.training.stream import BrokenSampleError

__all__ = [
    "FSDP_CONFIG",
    "BrokenSampleError",
    "FinetuneSettings",
    "LoraSettings",
    "PretrainSettings",
    "SceneSegmenter",
    "Segmenter",
    "Snapshot",
    "TrainingRun",
    "finetune",
    "in_background",
    "load_segmenter",
    "pretrain",
]
