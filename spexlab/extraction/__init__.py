"""Scene and instruction to masks, words and evidence, for areas of any size.

windows -> engine (tensors) -> pipeline -> findings -> result, with its export, vectors and figure; events report on the way.
"""

from spexlab.extraction.asking import extract, teach, understand
from spexlab.extraction.cache import FeatureCache
from spexlab.extraction.changed import Change, change
from spexlab.extraction.events import Cancelled, Events
from spexlab.extraction.loading import load_model
from spexlab.extraction.own import OwnTarget
from spexlab.extraction.result import Extraction
from spexlab.extraction.spex import Spex
from spexlab.extraction.timeline import Timeline
from spexlab.extraction.windows import Window

__all__ = [
    "Cancelled",
    "Change",
    "Events",
    "Extraction",
    "FeatureCache",
    "OwnTarget",
    "Spex",
    "Timeline",
    "Window",
    "change",
    "extract",
    "load_model",
    "teach",
    "understand",
]
