"""spexlab: draw an area, say what to look for, and see the mask that SPEX makes, with its reasons.

The few names a notebook needs. They are loaded when first used (PEP 562), so that `import spexlab` costs almost nothing;
everything else is imported from the module that owns it.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spexlab.extraction import Extraction, extract, load_model
    from spexlab.extraction.comparison import Comparison, compare
    from spexlab.places.simulation import simulate_scene
    from spexlab.scene import open_scene, sample_scene
    from spexlab.targets import UnknownTargetError

__all__ = [
    "Comparison",
    "Extraction",
    "UnknownTargetError",
    "__version__",
    "compare",
    "extract",
    "load_model",
    "open_scene",
    "sample_scene",
    "simulate_scene",
]

_HOME = {
    "Comparison": "spexlab.extraction.comparison",
    "Extraction": "spexlab.extraction",
    "UnknownTargetError": "spexlab.targets",
    "compare": "spexlab.extraction.comparison",
    "extract": "spexlab.extraction",
    "load_model": "spexlab.extraction",
    "open_scene": "spexlab.scene",
    "sample_scene": "spexlab.scene",
    "simulate_scene": "spexlab.places.simulation",
}

try:
    __version__ = version("spexlab")
except PackageNotFoundError:  # a source tree on the path, never installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> object:
    """Load a public name from the module that owns it, once."""
    if name not in _HOME:
        raise AttributeError(f"module 'spexlab' has no attribute {name!r}")
    value: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
