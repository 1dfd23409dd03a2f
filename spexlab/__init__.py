"""spexlab: draw an area, say what to look for, and see the mask that SPEX makes, with its reasons.

The few names a notebook needs, its map apps included. They are loaded when first used (PEP 562), so that `import spexlab` costs
almost nothing; everything else is imported from the module that owns it.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from spexlab.version import __version__

# GNU's OpenMP, which torch and scikit-learn compute with on Linux, lets a thread that waits for another turn round for
# milliseconds. Beside a second program that has those processors a mask then takes ten times as long; after turns of some
# microseconds twice, which is what sharing costs (benchmarks/busy.py). It is read when torch is loaded, so it is said here.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")

if TYPE_CHECKING:
    from spexlab.extraction import Change, Extraction, OwnTarget, Timeline, change, extract, load_model, teach, understand
    from spexlab.extraction.batch import Batch, extract_many
    from spexlab.extraction.comparison import Comparison, compare
    from spexlab.language.request import Request
    from spexlab.places.simulation import simulate_scene
    from spexlab.scene import Items, open_scene, sample_scene, search
    from spexlab.targets import UnknownTargetError

__all__ = [
    "Batch",
    "Change",
    "Comparison",
    "Extraction",
    "Items",
    "OwnTarget",
    "Request",
    "Timeline",
    "UnknownTargetError",
    "__version__",
    "change",
    "compare",
    "extract",
    "extract_many",
    "load_model",
    "open_scene",
    "sample_scene",
    "search",
    "simulate_scene",
    "teach",
    "understand",
]

_HOME = {
    "Batch": "spexlab.extraction.batch",
    "Change": "spexlab.extraction",
    "Comparison": "spexlab.extraction.comparison",
    "Extraction": "spexlab.extraction",
    "Items": "spexlab.scene",
    "OwnTarget": "spexlab.extraction",
    "Request": "spexlab.language.request",
    "Timeline": "spexlab.extraction",
    "UnknownTargetError": "spexlab.targets",
    "change": "spexlab.extraction",
    "compare": "spexlab.extraction.comparison",
    "extract": "spexlab.extraction",
    "extract_many": "spexlab.extraction.batch",
    "load_model": "spexlab.extraction",
    "open_scene": "spexlab.scene",
    "sample_scene": "spexlab.scene",
    "search": "spexlab.scene",
    "simulate_scene": "spexlab.places.simulation",
    "teach": "spexlab.extraction",
    "understand": "spexlab.extraction",
}

# Called by name alone and in no `__all__`: nothing in spexlab knows its apps, and without their extra all else works.
_APPS = {
    "Explorer": "widgets.explorer.explorer",
    "IndexLab": "widgets.labs.index_lab",
    "PromptLab": "widgets.labs.prompt_lab",
    "TrainingMonitor": "widgets.labs.training_monitor",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that owns it, once."""
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    elif name in _APPS:
        value = _app(name)
    else:
        raise AttributeError(f"module 'spexlab' has no attribute {name!r}")
    globals()[name] = value
    return value


def _app(name: str) -> Any:
    try:
        return getattr(import_module(_APPS[name]), name)
    except ModuleNotFoundError as error:
        raise ImportError(
            f"spexlab.{name} needs the packages of the extra 'explore', but there is no {error.name!r}; "
            "install them: pip install 'spexlab[explore]'"
        ) from error


def __dir__() -> list[str]:
    """List the public names and the apps, loaded or not."""
    return sorted({*globals(), *__all__, *_APPS})
