"""As tests, notebooks run with small values, and search in a catalogue on loopback: nothing waits minutes, or needs a network."""

import json
import os
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.catalogue import served, simulated_place

os.environ.setdefault("SPEXLAB_QUICK", "1")
collect_ignore = ["exercises/solutions"]  # tests/workshop runs them, and asks that each answer is right

_SEARCHING = ("08_", "09_")
_SERVING = ExitStack()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Serve a catalogue before the first notebook that searches."""
    if item.path.name.startswith(_SEARCHING) and "SPEXLAB_CATALOG" not in os.environ:
        folder = Path(_SERVING.enter_context(TemporaryDirectory()))
        place = simulated_place(folder)
        place.add("june", "2024-06-10", offset=True)
        place.add("hazy", "2024-06-20", cloud=slice(0, 50))
        place.add("september", "2024-09-15", drained=True)
        (folder / "area.geojson").write_text(json.dumps(place.area))
        os.environ["SPEXLAB_CATALOG"] = _SERVING.enter_context(served(place)).url
        os.environ["SPEXLAB_AREA"] = str(folder / "area.geojson")


def pytest_sessionfinish() -> None:
    """End the catalogue."""
    _SERVING.close()
