"""A stand-in for a model that takes its time, for a kernel that a browser talks to."""

import time
from collections.abc import Callable

import numpy as np
import xarray as xr

from tests.support.fakes import FakeSegment, FakeSpex


class PacedSpex(FakeSpex):
    """`FakeSpex` with a pause before each word and each image that it has not seen."""

    def __init__(self, *, words: int, pause: float, window: int = 300, look: float = 0.0) -> None:
        super().__init__(window=window, text=lambda _: " ".join(f"word{number}" for number in range(words)))
        self.pause, self.look = pause, look

    def encode(self, pixels: xr.DataArray) -> tuple[xr.DataArray, bool]:
        features, known = super().encode(pixels)
        time.sleep(0.0 if known else self.look)
        return features, known

    def describe(
        self, segment: FakeSegment, evidence: str, *, on_text: Callable[[str], None], cancelled: Callable[[], bool]
    ) -> str:
        def slowly(text: str) -> None:
            time.sleep(self.pause)
            on_text(text)

        return super().describe(segment, evidence, on_text=slowly, cancelled=cancelled)


def pond_scene() -> xr.DataArray:
    """A dry square of 100 pixels with a pond: rows 20-39, columns 60-79. Its title tries to run a script."""
    values = np.empty((4, 100, 100), "float32")
    values[:] = np.array([0.08, 0.10, 0.15, 0.30], "float32")[:, None, None]
    values[:, 20:40, 60:80] = np.array([0.08, 0.06, 0.04, 0.01], "float32")[:, None, None]
    coords = {"band": ["blue", "green", "red", "nir"], "wavelength": ("band", [490.0, 560.0, 665.0, 842.0])}
    coords |= {"y": np.arange(100) + 0.5, "x": np.arange(100) + 0.5}
    attrs = {
        "title": "Pond <img src=x onerror=\"document.title = 'owned'\">",
        "sensor": "unknown",
        "source": "array",
        "date": "",
        "pixel_size_m": None,
        "radiometry": "reflectance as simulated",
        "radiometry_assumed": False,
        "simulated": True,
    }
    return xr.DataArray(values, dims=("band", "y", "x"), coords=coords, attrs=attrs)
