"""As tests, notebooks run with small values, and search in a catalogue on loopback: nothing waits minutes, or needs a network."""

import os
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.catalogue import catalogue_of_dates

os.environ.setdefault("SPEXLAB_QUICK", "1")
collect_ignore = ["exercises/solutions"]  # tests/workshop runs them, and asks that each answer is right

_SEARCHING = ("08_", "09_")
_SERVING = ExitStack()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Serve a catalogue before the first notebook that searches."""
    if item.path.name.startswith(_SEARCHING) and "SPEXLAB_CATALOG" not in os.environ:
        folder = Path(_SERVING.enter_context(TemporaryDirectory()))
        os.environ.update(_SERVING.enter_context(catalogue_of_dates(folder)))


def pytest_sessionfinish() -> None:
    """End the catalogue."""
    _SERVING.close()
