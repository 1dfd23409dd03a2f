"""Quality layers: which of their codes mean that a pixel shows no ground, or that what it shows cannot be trusted."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr


@dataclass(frozen=True)
class Quality:
    """A kind of quality layer."""

    title: str
    left_out: str
    """What is left out, in words."""
    is_bad: Callable[[xr.DataArray], xr.DataArray]
    """From its integers (y, x) to bool: True where a pixel is left out."""


def _classes(*codes: int) -> Callable[[xr.DataArray], xr.DataArray]:
    return lambda layer: layer.isin(codes)


def _bits(*bits: int, fill: int | None = None) -> Callable[[xr.DataArray], xr.DataArray]:
    wanted = sum(1 << bit for bit in bits)
    return lambda layer: ((layer & wanted) != 0) | (layer == fill if fill is not None else False)


# ESA, Sentinel-2 L2A scene classification; USGS, Landsat Collection 2 QA_PIXEL (LSDS-1619); Zhu's Fmask; NASA, HLS v2 user guide.
_SCL = Quality("SCL", "cloud, cirrus, cloud shadow and defects", _classes(0, 1, 3, 8, 9, 10))
_QA_PIXEL = Quality("QA_PIXEL", "fill, cloud and its edge, cirrus, cloud shadow", _bits(0, 1, 2, 3, 4))
_FMASK = Quality("Fmask", "cloud, cloud shadow and fill", _classes(2, 4, 255))
_HLS_FMASK = Quality("Fmask", "cloud and its surroundings, cloud shadow and fill", _bits(1, 2, 3, fill=255))
_KINDS: Mapping[str, Quality] = {r"scl(_\d+m)?": _SCL, r"qa_?pixel": _QA_PIXEL, r"fmask": _FMASK}


def kind_of(name: str, *, sensor: str = "") -> Quality | None:
    """Tell a quality layer whose codes are known by its name, or by the end of its file's name; None for any other."""
    found = next((kind for pattern, kind in _KINDS.items() if re.search(rf"(?i)(^|[_.\s-]){pattern}$", name.strip())), None)
    return _HLS_FMASK if found is _FMASK and sensor.startswith("hls") else found


def bad_pixels(layer: xr.DataArray, kind: Quality) -> xr.DataArray:
    """Return bool (y, x): True where a quality layer says that a pixel is left out; what it does not know stays."""
    whole = layer.where(np.isfinite(layer), 0) if layer.dtype.kind == "f" else layer
    return kind.is_bad(whole.astype("int64"))
