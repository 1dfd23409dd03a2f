"""The radiometry decision: from a source's numbers to reflectance, taken once per item from metadata.

An index on wrong radiometry is a silent lie, so every decision is a sentence that the scene carries, and what metadata do not
say is marked as assumed.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spexlab.scene.sensors import Sensor

Floats = npt.NDArray[np.float64]

BASELINE_WITH_OFFSET = 4.0
"""Since this processing baseline (25 January 2022) Sentinel-2 adds 1000 to its digital numbers (ESA, S2 products, PB 04.00)."""

HOW_TO_SAY = (
    "say what its numbers are with scale= and offset= (reflectance = number * scale + offset): 2.75e-5 and -0.2 for Landsat "
    "Collection 2 level 2, 1e-4 and -0.1 for Sentinel-2 since 2022, 1e-4 and 0 for most others"
)

_BASELINE_KEYS = ("processing_baseline", "s2:processing_baseline", "sentinel:processing_baseline", "processing:version")
_LANDSAT_C2 = (2.75e-5, -0.2)
_DARKEST_C2, _MEDIAN_C2, _BRIGHTEST_C2 = 6000.0, 30_000.0, 50_000.0
"""Numbers of Landsat Collection 2 over any land: reflectance 0 is 7273, reflectance 1 is 43636."""
_ADDED_TO_S2 = 1000.0
"""Of 210 scenes without it, none has 99 % of its numbers above it: some surface is always dark in some band."""
_DARK_IN_S2 = 2000.0
"""With it, the darkest surfaces lie below this; where none does, all may be bright."""
_APPLIED_KEYS = ("earthsearch:boa_offset_applied", "sentinel:boa_offset_applied")
_QUANTIFICATION_KEYS = ("boa_quantification_value", "quantification_value")
_LANDSAT_C2_L2 = re.compile(r"L[CETO]0[45789]_L2S[PR]_\d{6}_\d{8}_\d{8}_02|landsat-c2-l2|^SR_B\d$", re.IGNORECASE | re.MULTILINE)
_S2_BASELINE = re.compile(r"S2[A-D]_MSIL[12][AC]_\d{8}T\d{6}_N(\d{2})(\d{2})", re.IGNORECASE)


@dataclass(frozen=True)
class Radiometry:
    """How digital numbers become reflectance: reflectance = number * scale + offset, band by band."""

    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    reason: str
    """One sentence: what is applied and why."""
    assumed: bool
    """True where metadata did not say so."""
    fill: float | None = None
    """The product's nodata number, for sources that do not state one."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about a source's numbers."""

    dtype: np.dtype[np.generic]
    count: int
    """Number of bands."""
    scales: Sequence[float] | None
    """Scale a band from GDAL tags, STAC raster:bands or xarray attributes; None where nothing is stated."""
    offsets: Sequence[float] | None
    tags: Mapping[str, str]
    """All other metadata, keys in lower case."""
    text: str
    """Product name, file name and native band names, a line each."""
    sensor: Sensor | None
    sample: Floats
    """Some of the valid numbers, flat; never empty."""

    @property
    def median(self) -> float:
        """Median of the sample without its zeros: where no nodata is stated, they are fill more often than a measurement."""
        return self.percentiles(50)[0]

    def percentiles(self, *of: float) -> list[float]:
        """Percentiles of the sample without its zeros."""
        measured = self.sample[self.sample != 0]
        return [float(value) for value in np.percentile(measured, of)] if measured.size else [0.0] * len(of)


def decide(evidence: Evidence, *, scale: Sequence[float] | None = None, offset: Sequence[float] | None = None) -> Radiometry:
    """Decide scale and offset: given ones first, then stated ones, the product's definition, an assumption from the numbers.

    Raises
    ------
    ValueError
        If the metadata state what cannot be a scale or an offset.
    """
    if scale is not None:
        scales, offsets = _by_band("scale", scale, evidence), _by_band("offset", offset or evidence.offsets or (0.0,), evidence)
        return Radiometry(scales, offsets, f"scale {_spell(scales)} and offset {_spell(offsets)} as given", assumed=False)
    attempts = (_stated, _sentinel_2, _landsat, _already_reflectance, _assumed)
    made = next(decision for decision in (attempt(evidence) for attempt in attempts) if decision is not None)
    if offset is None:
        return made
    offsets = _by_band("offset", offset, evidence)
    return replace(made, offsets=offsets, reason=f"scale {_spell(made.scales)}, and offset {_spell(offsets)} as given")


def _by_band(what: str, values: Sequence[float], evidence: Evidence) -> tuple[float, ...]:
    if len(values) not in {1, evidence.count}:
        raise ValueError(f"{what}= must be one number, or one for each of the {evidence.count} bands, but {len(values)} were given")
    return tuple(values) if len(values) == evidence.count else tuple(values) * evidence.count


def implausible(reflectance: Floats, *, assumed: bool) -> str:
    """Say in what way numbers that were made reflectance cannot be it; "" where they can.

    Parameters
    ----------
    reflectance : array of any shape
        Some of the valid pixels of all bands.
    assumed : bool
        Whether the way that they were made was only assumed: then a scene without any dark surface is no answer either.
    """
    median, darkest, brightest = np.percentile(reflectance, (50, 1, 99))
    if median > 1.0:
        return f"most reflectances come out above 1 (the median is {median:.3g})"
    if median < -0.02:
        return f"most reflectances come out below 0 (the median is {median:.3g})"
    if brightest < 0.002:
        return f"hardly any reflectance comes out above 0 (99 % are below {brightest:.3g})"
    if assumed and darkest > 0.5:
        return (
            f"no surface comes out dark (99 % of reflectances are above {darkest:.3g}), not even water, forest or shadow would be"
        )
    return ""


def _same(evidence: Evidence, scale: float, offset: float, reason: str, *, assumed: bool, fill: float | None = None) -> Radiometry:
    return Radiometry((scale,) * evidence.count, (offset,) * evidence.count, reason, assumed, fill)


def _stated(evidence: Evidence) -> Radiometry | None:
    """Scale and offset are written down; only a Sentinel-2 offset may be missing from them, or be applied already."""
    if evidence.scales is None and evidence.offsets is None:
        return None
    scales = tuple(evidence.scales or (1.0,) * evidence.count)
    if not all(np.isfinite(scales)) or 0.0 in scales or not all(np.isfinite(evidence.offsets or ())):
        raise _unusable(f"scale {_spell(scales)} and offset {_spell(evidence.offsets or (0.0,))}")
    offsets = tuple(evidence.offsets or (0.0,) * evidence.count)
    if _flag(evidence.tags, _APPLIED_KEYS) and any(offsets):
        reason = (
            f"scale {_spell(scales)} from the metadata; the stated offset is already applied to the numbers (boa_offset_applied)"
        )
        return Radiometry(scales, (0.0,) * evidence.count, reason, assumed=False, fill=0.0)
    baseline = _baseline(evidence)
    if (
        baseline is not None
        and baseline >= BASELINE_WITH_OFFSET
        and evidence.offsets is None
        and not _flag(evidence.tags, _APPLIED_KEYS)
    ):
        reason = f"scale {_spell(scales)} from the metadata; offset of -1000 assumed (processing baseline {baseline:05.2f})"
        return Radiometry(scales, tuple(-1000.0 * scale for scale in scales), reason, assumed=True, fill=0.0)
    reason = f"scale {_spell(scales)} and offset {_spell(offsets)} from the metadata"
    return Radiometry(scales, offsets, reason, assumed=False)


def _sentinel_2(evidence: Evidence) -> Radiometry | None:
    """Sentinel-2: number / 10000, less 0.1 since baseline 04.00."""
    baseline = _baseline(evidence)
    if evidence.dtype.kind == "f" or baseline is None or not _looks_integer(evidence):
        return None
    scale = 1.0 / _quantification(evidence.tags)
    if baseline < BASELINE_WITH_OFFSET:
        return _same(
            evidence,
            scale,
            0.0,
            f"scale {scale:g}, no offset: Sentinel-2 processing baseline {baseline:05.2f}",
            assumed=False,
            fill=0.0,
        )
    if _flag(evidence.tags, _APPLIED_KEYS):
        reason = f"scale {scale:g}, no offset: the offset of baseline {baseline:05.2f} is already applied (boa_offset_applied)"
        return _same(evidence, scale, 0.0, reason, assumed=False, fill=0.0)
    reason = f"scale {scale:g}, offset {-1000.0 * scale:g}: Sentinel-2 processing baseline {baseline:05.2f}"
    return _same(evidence, scale, -1000.0 * scale, reason, assumed=False, fill=0.0)


def _quantification(tags: Mapping[str, str]) -> float:
    """Read the number that stands for reflectance 1."""
    key = next((key for key in _QUANTIFICATION_KEYS if key in tags), None)
    if key is None:
        return 10_000.0
    try:
        number = float(tags[key])
    except ValueError:
        number = 0.0
    if not math.isfinite(number) or number <= 0.0:
        raise _unusable(f"{key.upper()} {tags[key]}")
    return number


def _unusable(stated: str) -> ValueError:
    return ValueError(f"the metadata state {stated}, which cannot be; {HOW_TO_SAY}")


def _landsat(evidence: Evidence) -> Radiometry | None:
    """Landsat Collection 2 level 2: number * 2.75e-5 - 0.2, when the file says so, or the sensor does and the numbers agree."""
    if evidence.dtype.kind == "f" or evidence.dtype.itemsize < 2:
        return None
    if _LANDSAT_C2_L2.search(evidence.text):
        return _same(evidence, *_LANDSAT_C2, "scale 2.75e-05, offset -0.2: Landsat Collection 2 level 2", assumed=False, fill=0.0)
    is_landsat = evidence.sensor is not None and evidence.sensor.name.startswith("landsat")
    # A stack rescaled to 10000 has hardly any number as high as reflectance 0 has there.
    if (is_landsat and evidence.median > 7000.0) or (evidence.sensor is None and _in_range_of_collection_2(evidence)):
        reason = "scale 2.75e-05, offset -0.2 assumed: Landsat numbers of this size are Collection 2 level 2"
        return _same(evidence, *_LANDSAT_C2, reason, assumed=True, fill=0.0)
    return None


def _in_range_of_collection_2(evidence: Evidence) -> bool:
    darkest, brightest = evidence.percentiles(2, 99)
    return darkest >= _DARKEST_C2 and evidence.median < _MEDIAN_C2 and brightest < _BRIGHTEST_C2


def _already_reflectance(evidence: Evidence) -> Radiometry | None:
    """Floats of about 0-1 (bright snow and glint may pass 1) are taken as they are."""
    if evidence.dtype.kind != "f" or np.percentile(evidence.sample, 99) > 2.0:
        return None
    return _same(evidence, 1.0, 0.0, "values kept: floats of about 0-1 are reflectance", assumed=False)


def _assumed(evidence: Evidence) -> Radiometry:
    """Nothing is stated: 8-bit numbers are brightness of 255, others reflectance of 10000."""
    peak = float(evidence.sample.max())
    kind = f"{evidence.dtype}"
    if evidence.dtype.itemsize == 1 or peak <= 255.0:
        reason = (
            f"scale 1/255 assumed: {kind} numbers up to {peak:g} and no scale in the metadata (brightness, not true reflectance)"
        )
        return _same(evidence, 1.0 / 255.0, 0.0, reason, assumed=True)
    if evidence.median > 20_000.0:
        reason = (
            f"scale 1/65535 assumed: {kind} numbers over all 16 bits, no scale in the metadata (brightness, not true reflectance)"
        )
        return _same(evidence, 1.0 / 65535.0, 0.0, reason, assumed=True)
    reason = f"scale 1/10000, no offset assumed: {kind} numbers and no scale in the metadata"
    named, darkest = _is_sentinel_2(evidence), evidence.percentiles(1)[0]
    if darkest >= _ADDED_TO_S2 and (named or (evidence.sensor is None and darkest < _DARK_IN_S2)):
        what = "Sentinel-2 without numbers under 1000 is" if named else "no number is under 1000, as in Sentinel-2"
        reason = f"scale 0.0001, offset -0.1 assumed: {what} of baseline 04.00 (2022) or later"
        return _same(evidence, 1e-4, -_ADDED_TO_S2 * 1e-4, reason, assumed=True, fill=0.0)
    if named:
        reason += " (numbers under 1000 speak against Sentinel-2's offset of baseline 04.00)"
    return _same(evidence, 1e-4, 0.0, reason, assumed=True, fill=evidence.sensor.fill if evidence.sensor else None)


def _baseline(evidence: Evidence) -> float | None:
    """Read the Sentinel-2 processing baseline from metadata or the product's name."""
    for key in _BASELINE_KEYS:
        match = re.fullmatch(r"0?(\d{1,2}\.\d{1,2})", str(evidence.tags.get(key, "")).strip())
        if match and (key != "processing:version" or _is_sentinel_2(evidence)):
            return float(match[1])
    named = _S2_BASELINE.search("\n".join([evidence.text, evidence.tags.get("product_uri", "")]))
    return float(f"{named[1]}.{named[2]}") if named else None


def _is_sentinel_2(evidence: Evidence) -> bool:
    return evidence.sensor is not None and evidence.sensor.name.startswith("sentinel-2")


def _looks_integer(evidence: Evidence) -> bool:
    """An 8-bit rendering of a product keeps its name but not its numbers."""
    return evidence.dtype.itemsize > 1


def _flag(tags: Mapping[str, str], keys: Sequence[str]) -> bool:
    return any(str(tags.get(key, "")).lower() in {"true", "1", "yes"} for key in keys)


def _spell(values: Sequence[float]) -> str:
    distinct = sorted(set(values))
    return f"{distinct[0]:g}" if len(distinct) == 1 else f"{distinct[0]:g} to {distinct[-1]:g} by band"
