"""What the IndexLab says, as HTML: histogram, regions and SPIE's words. Every string is escaped here.

The cells of the table are cut out of the words, character by character: they cannot differ.
"""

import re
from html import escape

import numpy as np
import spyndex
import xarray as xr

from spexlab.evidence.measurement import Measurement
from spexlab.evidence.prior import recipes_for
from spexlab.evidence.regions import share_words
from spexlab.extraction.tuning import TunedIndex
from spexlab.scene.bands import spyndex_letters
from spexlab.targets import COLOURS, TARGETS
from widgets.parts.report import area_text

KEYS = {
    "Size of area": "size",
    "Centroid": "centroid",
    "Location": "location",
    "Bounding box": "box",
    "Index": "index",
    "Mean inside": "inside",
    "Mean around": "around",
}
"""SPIE's keys, and the style that ties a word to its cell in the table."""

_TITLES = {
    "Size of area": "Size",
    "Centroid": "Centroid (x, y)",
    "Location": "Location",
    "Bounding box": "Bounding box",
    "Mean inside": "Mean inside",
    "Mean around": "Around",
}
_PAIR = re.compile(r"('(?:" + "|".join(KEYS) + r")': )(.*?)(?=, '[A-Z]|\}$)")
_WIDTH, _HEIGHT = 720, 140
NO_HISTOGRAM = '<div class="spx-histogram"><svg aria-hidden="true"></svg></div>'
"""What stands where there is nothing to count; as high as a histogram."""
NOTHING = '<div class="spx-empty">Nothing is shown: the index is not known in this area.</div>'
"""What stands where regions and words would."""


def words_html(question: str) -> str:
    """SPIE's question, every value marked in its key's colour, one region a line; stripped of tags it is the question itself."""
    opening, regions = _regions(question)
    lines = [f'<span class="spx-said spx-r{number}">{_marked(region)}</span>' for number, region in enumerate(regions, 1)]
    return f'<div class="spx-spie" tabindex="0" role="region" aria-label="Words of SPIE">{escape(opening)}{"".join(lines)}]</div>'


def regions_html(tuned: TunedIndex) -> str:
    """The regions as a table, its cells cut out of the words."""
    _, regions = _regions(tuned.question)
    if not regions:
        return '<div class="spx-empty">No pixel lies on this side of the threshold, so the list in the words is empty.</div>'
    heads = "".join(f'<th scope="col" class="spx-col-{KEYS[key]}">{title}</th>' for key, title in _TITLES.items())
    rows = "".join(
        f'<tr class="spx-r{number}" tabindex="0"><th scope="row">{number}</th><td>{region.pixels:,}</td>{_cells(words)}</tr>'
        for number, (region, words) in enumerate(zip(tuned.regions, regions, strict=True), 1)
    )
    return (
        '<table class="spx-table spx-regions"><thead><tr><th scope="col">#</th><th scope="col">Pixels</th>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table>{_left_out(tuned.measurement, len(regions))}"
    )


def histogram_html(tuned: TunedIndex) -> str:
    """Pixels by index value, the target's side of the threshold in its colour, the threshold a line."""
    counts, edges = tuned.histogram()
    low, high = edges[0], edges[-1]
    x = (edges - low) / (high - low) * _WIDTH
    heights = counts / max(int(counts.max()), 1) * (_HEIGHT - 4)
    found = tuned.prior.sign * ((edges[:-1] + edges[1:]) / 2 - tuned.prior.threshold) > 0
    target = COLOURS[tuned.prior.target]
    bars = _bars(x, heights, found, f"fill:{target}") + _bars(x, heights, ~found, "fill:var(--spx-other)")
    at = (tuned.prior.threshold - low) / (high - low)
    ticks = "".join(
        f'<i style="left:{100 * (value - low) / (high - low):.2f}%">{value:.{digits}f}</i>'
        for value, digits in _ticks(float(low), float(high))
    )
    name, side = escape(tuned.prior.index), "above" if tuned.prior.sign > 0 else "below"
    label = f"Histogram of {name}: {escape(tuned.prior.target)} lies {side} {tuned.prior.threshold:.2f}"
    return (
        f'<div class="spx-histogram" role="img" aria-label="{label}">'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">{bars}'
        f'<line x1="{at * _WIDTH:.1f}" x2="{at * _WIDTH:.1f}" y1="0" y2="{_HEIGHT}" vector-effect="non-scaling-stroke"/></svg>'
        f'<div class="spx-ticks" aria-hidden="true">{ticks}</div></div>'
    )


def formula_html(scene: xr.DataArray, index: str) -> str:
    """How an index is computed, and which of the scene's bands its letters stand for."""
    known, letters = spyndex.indices[index], spyndex_letters([str(name) for name in scene["band"].values])
    waves = dict(zip(scene["band"].values.tolist(), scene["wavelength"].values.tolist(), strict=True))
    bands = [f"{letter} = {letters[letter]} ({waves[letters[letter]]:.0f} nm)" for letter in known.bands if letter in letters]
    formula = f"<code>{escape(index)} = {escape(known.formula)}</code>"
    return f'<div class="spx-formula">{formula}<span>{escape(", ".join(bands))}</span></div>'


def measurement_html(m: Measurement, *, name: str) -> str:
    """The mask in figures; `name` is what the marked pixels are called."""
    return _figures(
        {
            "of the area": share_words(m.share),
            name: area_text(m.area_m2, m.pixels),
            "regions" if m.n_regions != 1 else "region": f"{m.n_regions:,}",
            f"{m.index or 'index'} inside": _mean(m.inside),
            "around": _mean(m.around),
        }
    )


def unmeasured_html(index: str, *, name: str) -> str:
    """The same figures where nothing could be measured."""
    return _figures(dict.fromkeys(("of the area", name, "regions", f"{index} inside", "around"), "–"))


def unsure_text(scene: xr.DataArray, target: str, index: str) -> str:
    """Say that an index is no recipe for a target, where the scene's bands allow none that is; else empty."""
    if recipes_for(scene, target):
        return ""
    names = " or ".join(recipe.name for recipe in TARGETS[target].indices)
    return (
        f"Nothing here is known to find {target}: its recipe ({names}) cannot be computed from this scene's bands. "
        f"{index} is just the index that is chosen; what it marks may be anything."
    )


def _figures(figures: dict[str, str]) -> str:
    cells = "".join(f"<div><b>{escape(value)}</b><span>{escape(name)}</span></div>" for name, value in figures.items())
    return f'<div class="spx-figures">{cells}</div>'


def _regions(question: str) -> tuple[str, list[str]]:
    """The question up to its list, and the regions in it as they are written."""
    start = question.index(":", question.index("description")) + 1
    listed = question[start + 1 : -1]
    return question[: start + 1], re.findall(r"\{.*?\}(?:, )?", listed)


def _marked(region: str) -> str:
    """A region's words with every value marked."""
    parts, at, body = [], 0, region.rstrip(", ")
    for pair in _PAIR.finditer(body):
        key = pair[1].split("'")[1]
        parts += [escape(body[at : pair.start(2)], quote=False), _mark(KEYS[key], pair[2])]
        at = pair.end()
    return "".join(parts) + escape(body[at:] + region[len(body) :], quote=False)


def _cells(region: str) -> str:
    values = {pair[1].split("'")[1]: pair[2] for pair in _PAIR.finditer(region.rstrip(", "))}
    return "".join(
        f'<td class="spx-col-{KEYS[key]}">{_mark(KEYS[key], values[key]) if key in values else "–"}</td>' for key in _TITLES
    )


def _mark(style: str, value: str) -> str:
    return f'<mark class="spx-of spx-of-{style}">{escape(value, quote=False)}</mark>'


def _left_out(m: Measurement, listed: int) -> str:
    if m.n_regions == listed:
        return ""
    return f'<div class="spx-empty">The largest {listed} of {m.n_regions:,} regions; SPIE names no more.</div>'


def _bars(x: np.ndarray, heights: np.ndarray, chosen: np.ndarray, style: str) -> str:
    shapes = (
        f"M{x[i]:.1f} {_HEIGHT}V{_HEIGHT - heights[i]:.1f}H{x[i + 1]:.1f}V{_HEIGHT}Z"
        for i in np.flatnonzero(chosen & (heights > 0))
    )
    return f'<path style="{style}" d="{"".join(shapes)}"/>'


def _ticks(low: float, high: float) -> list[tuple[float, int]]:
    """Round values between two ends, and the digits that they need."""
    power = 10.0 ** np.floor(np.log10((high - low) / 3))
    step = next(factor * power for factor in (1, 2, 5, 10) if (high - low) / (factor * power) <= 6)
    digits = max(0, -int(np.floor(np.log10(step) + 1e-9)))
    return [(float(value) + 0.0, digits) for value in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step]


def _mean(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
