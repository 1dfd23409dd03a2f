"""Answers to one instruction on several dates: a cube of masks, a table of areas, and the change that was asked about."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd
import xarray as xr

from spexlab.extraction.changed import Change, change
from spexlab.extraction.dataset import write_cube
from spexlab.extraction.events import Events
from spexlab.extraction.export import write_figure
from spexlab.extraction.result import Extraction
from spexlab.extraction.spex import Spex
from spexlab.extraction.understanding import lines_of
from spexlab.language.changing import ChangeAsked, change_asked
from spexlab.language.request import Request
from spexlab.scene.area import AreaLike
from spexlab.scene.outputs import replacing
from spexlab.scene.series import moments

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class Timeline(Sequence[Extraction]):
    """What `spexlab.extract` found on several dates; a sequence of `Extraction`, the earliest first."""

    extractions: tuple[Extraction, ...]
    change: Change | None = None
    """What was lost or gained between the two dates that the instruction asks about; None where it asks about no change."""
    asked: ChangeAsked | None = None
    """How an instruction about a change was understood."""

    @property
    def targets(self) -> list[str]:
        """Names of the masks, in order."""
        return self.extractions[0].targets

    @property
    def dates(self) -> list[str]:
        """The days (ISO), in order."""
        return [str(one.provenance["date"])[:10] for one in self]

    def on(self, date: str) -> Extraction | None:
        """The answer of a day (ISO); None where it was not asked."""
        return dict(zip(self.dates, self.extractions, strict=True)).get(date)

    def with_answers(self, extractions: Sequence[Extraction]) -> "Timeline":
        """Return the same question with other answers of the same dates, cut elsewhere or corrected; its change is made anew."""
        found = tuple(extractions)
        return Timeline(found, None if self.change is None else change(found[0], found[-1]), self.asked)

    @cached_property
    def mask(self) -> xr.DataArray:
        """(time, target, y, x) bool."""
        return self._cube("mask")

    @cached_property
    def probability(self) -> xr.DataArray:
        """(time, target, y, x) float32 0-1; NaN where nobody looked."""
        return self._cube("probability")

    @property
    def table(self) -> pd.DataFrame:
        """One row a date and target: date, target, pixels, area_m2 (None without a CRS), share, valid_pixels.

        The share is of the pixels that have data on that date: under cloud an area shrinks, its share need not.
        """
        rows = [
            {
                "date": date,
                "target": found.target,
                "pixels": found.measurement.pixels,
                "area_m2": found.measurement.area_m2,
                "share": found.measurement.share,
                "valid_pixels": found.measurement.valid_pixels,
            }
            for date, one in zip(self.dates, self, strict=True)
            for found in one.evidence
        ]
        return pd.DataFrame(rows)

    @property
    def explanation(self) -> str:
        """What changed, if that was asked; else what is said of each date. Every claim is checked."""
        if self.change is not None and self.asked is not None:
            return self.change.told(*(() if self.asked.direction == "changed" else (self.asked.direction,)))
        return "\n".join(f"{date}: {one.explanation}" for date, one in zip(self.dates, self, strict=True))

    @property
    def summary(self) -> dict[str, Any]:
        """What ``spexlab extract --json`` prints of several dates."""
        return {
            "targets": self.targets,
            "dates": self.dates,
            "table": self.table.replace({np.nan: None}).to_dict("records"),
            "explanation": self.explanation,
            "change": None if self.change is None else self.change.summary,
            "extractions": [one.summary for one in self],
        }

    def to_dataset(self) -> xr.Dataset:
        """Return mask (bool) and probability (float32) with dims (time, target, y, x), and the scene's CRS."""
        return xr.Dataset({"mask": self.mask, "probability": self.probability})

    def to_netcdf(self, path: str | Path) -> Path:
        """Write `to_dataset` as NetCDF 3; there the mask is int8, -1 where there is no data."""
        return write_cube(self.to_dataset(), path)

    def to_csv(self, path: str | Path) -> Path:
        """Write `table`."""
        with replacing(path) as temporary:
            self.table.to_csv(temporary, index=False)
        return Path(path)

    def to_png(self, path: str | Path) -> Path:
        """Write `plot` as a picture."""
        return write_figure(self.plot(), path, provenance=self[0].provenance)

    def plot(self) -> "Figure":
        """Draw the area of each target over time; of a change both dates, and what lies between them."""
        if self.change is not None:
            return self.change.plot()
        from spexlab.extraction.changefigure import draw_areas

        return draw_areas(self.table, str(self[0].provenance["instruction"]))

    def _cube(self, name: str) -> xr.DataArray:
        layers = [getattr(one, name) for one in self.extractions]
        time = pd.DatetimeIndex(self.dates, name="time")
        cube: xr.DataArray = xr.concat(layers, time, coords="minimal", compat="override", join="override", combine_attrs="override")
        return cube

    @overload
    def __getitem__(self, key: int) -> Extraction: ...

    @overload
    def __getitem__(self, key: slice) -> "Timeline": ...

    def __getitem__(self, key: int | slice) -> "Extraction | Timeline":
        return Timeline(self.extractions[key]) if isinstance(key, slice) else self.extractions[key]

    def __len__(self) -> int:
        return len(self.extractions)

    def __iter__(self) -> Iterator[Extraction]:
        return iter(self.extractions)

    def __repr__(self) -> str:
        return f"<Timeline of {len(self)} dates, {self.dates[0]} to {self.dates[-1]}>\n{self.table.to_string(index=False)}"

    def _repr_html_(self) -> str:
        table = self.table.to_html(index=False, float_format="{:,.4g}".format)
        return f"<b>{escape(str(self[0].provenance['instruction']))}</b>{table}<p>{escape(self.explanation)}</p>"


def extract_over_time(
    series: xr.DataArray,
    instruction: str | Sequence[str] | Request,
    *,
    spex: Spex,
    area: AreaLike | None = None,
    threshold: float | Mapping[str, float] | None = None,
    previous: Request | Extraction | None = None,
    events: Events | None = None,
) -> Timeline:
    """Ask one thing of every date of a series (time, band, y, x); an instruction about a change of its two dates alone.

    Raises
    ------
    ValueError
        As `spexlab.extract`; or if there is no image of a date that the instruction names.
    """
    scenes = {str(scene.attrs["date"])[:10]: scene for scene in moments(series)}
    lines = lines_of(instruction)
    asked = change_asked(lines[0]) if len(lines) == 1 and not isinstance(instruction, Request) else None
    chosen = list(scenes) if asked is None else asked.dates(list(scenes))
    words = instruction if asked is None else asked.rest
    found = []
    for date in chosen:
        if events is not None and events.moment is not None:
            events.moment(date)
        found.append(spex.extract(scenes[date], words, area=area, threshold=threshold, previous=previous, events=events))
    if asked is None:
        return Timeline(tuple(found))
    # The words that were asked, not what was left of them for each date.
    told = [replace(one, provenance=one.provenance | {"instruction": lines[0]}) for one in found]
    return Timeline(tuple(told), change(*told), asked)
