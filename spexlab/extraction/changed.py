"""What changed between two answers about one target: gained, lost and stable masks, their areas, and how uncertain these are."""

import json
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from rasterio.enums import Resampling

from spexlab.evidence.measurement import Measurement, measure
from spexlab.evidence.uncertainty import area_deviation, chance, change_chances
from spexlab.extraction.export import NODATA, NOT_SHOWN, opaque, write_raster
from spexlab.extraction.regionfiles import write_geojson, write_geoparquet
from spexlab.extraction.result import Extraction
from spexlab.extraction.vectors import polygons_of
from spexlab.language.changes import change_sentence
from spexlab.language.checking import CheckedClaim, check_claims
from spexlab.scene.grid import crs_of, same_grid
from spexlab.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Kind = Literal["lost", "gained", "stable"]
KINDS: tuple[Kind, ...] = ("lost", "gained", "stable")
CODES = {"stable": 1, "gained": 2, "lost": 3}
"""Values of the raster that `to_cog` writes; 0 is neither before nor after, 255 not known on both dates."""


@dataclass(frozen=True, eq=False)
class Amount:
    """How much of one target was lost, gained or stayed."""

    target: str
    kind: Kind
    measurement: Measurement
    """Of the mask of pixels."""
    expected: float | None
    """Square metres by the chances of all pixels, not by the mask; None without a CRS."""
    deviation: float | None
    """Standard deviation of the area in square metres, see `spexlab.evidence.uncertainty`; None without a CRS."""
    sentence: str
    """The same in words, written from the measurement."""
    claims: tuple[CheckedClaim, ...]
    """Every claim of the sentence beside what was measured."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        m = self.measurement
        return {
            "target": self.target,
            "kind": self.kind,
            "pixels": m.pixels,
            "area_m2": m.area_m2,
            "deviation_m2": self.deviation,
            "expected_m2": self.expected,
            "share": m.share,
            "regions": m.n_regions,
        }


@dataclass(frozen=True, eq=False, repr=False)
class Change:
    """What `spexlab.change` found, on the grid of the earlier answer."""

    before: Extraction
    after: Extraction
    lost: xr.DataArray
    """(target, y, x) bool: the target before, and not after."""
    gained: xr.DataArray
    stable: xr.DataArray
    known: xr.DataArray
    """(y, x) bool: pixels that were looked at on both dates; all else counts nowhere."""
    chances: dict[str, xr.DataArray]
    """By kind, (target, y, x) float32: the chance of it, see `spexlab.evidence.uncertainty`; NaN where not known."""
    amounts: list[Amount]
    """For each target what was lost, gained, and stayed."""
    notes: list[str]
    """Sentences on how the two were brought together."""

    @property
    def targets(self) -> list[str]:
        """Names of the masks, in order."""
        return self.before.targets

    @property
    def dates(self) -> tuple[str, str]:
        """The days (ISO) before and after; "" where a scene has none."""
        return str(self.before.provenance["date"])[:10], str(self.after.provenance["date"])[:10]

    @property
    def table(self) -> pd.DataFrame:
        """One row a target and kind: pixels, area_m2, deviation_m2, expected_m2, share, regions."""
        return pd.DataFrame([one.to_dict() for one in self.amounts])

    @property
    def explanation(self) -> str:
        """What changed, in sentences; each claim in them is checked (`amounts[...].claims`)."""
        return self.told()

    def told(self, *kinds: Kind) -> str:
        """Say what was lost, gained or stable, of all kinds unless some are named; the dates stand in the first sentence."""
        said = " ".join(one.sentence for one in self.amounts if one.kind in (kinds or KINDS))
        when = f"Between {self.dates[0]} and {self.dates[1]} {said[0].lower()}{said[1:]}" if all(self.dates) else said
        return " ".join([*self.notes, when])

    @cached_property
    def regions(self) -> gpd.GeoDataFrame:
        """Lost, gained and stable regions as polygons: geometry (scene's CRS), target, kind, pixels, area_m2, probability."""
        frames = [
            polygons_of(self._mask(kind).sel(target=target), self.chances[kind].sel(target=target)).assign(target=target, kind=kind)
            for target in self.targets
            for kind in KINDS
        ]
        table = pd.concat(frames, ignore_index=True)
        first, last = self.dates
        return gpd.GeoDataFrame(table.assign(before=first, after=last), geometry="geometry", crs=crs_of(self.before.scene))

    @property
    def provenance(self) -> dict[str, Any]:
        """Where it came from, in plain values: the provenance of both answers."""
        return {"version": __version__, "before": self.before.provenance, "after": self.after.provenance, "notes": self.notes}

    @property
    def summary(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        first, last = self.dates
        return {
            "before": first,
            "after": last,
            "known_pixels": int(self.known.sum()),
            "amounts": [one.to_dict() for one in self.amounts],
            "explanation": self.explanation,
            "provenance": self.provenance,
        }

    def to_cog(self, path: str | Path) -> Path:
        """Write a cloud-optimised GeoTIFF: uint8, one band a target; 0 neither, 1 stable, 2 gained, 3 lost, 255 not known.

        Raises
        ------
        OSError
            If the file cannot be written; nothing is left behind.
        """
        from spexlab.extraction.changefigure import KIND_COLOURS

        classes = {0: ("neither", NOT_SHOWN), NODATA: ("not known on both dates", (0, 0, 0, 0))}
        classes |= {code: (kind, opaque(KIND_COLOURS[kind])) for kind, code in CODES.items()}
        tags = {"EXPLANATION": self.explanation, "PROVENANCE": json.dumps(self.provenance)}
        return write_raster(
            path,
            self.codes(),
            self.before.scene,
            nodata=NODATA,
            resampling="MODE",
            names=self.targets,
            tags=tags,
            classes=classes,
        )

    def to_geoparquet(self, path: str | Path) -> Path:
        """Write `regions` as GeoParquet, with `provenance` as JSON in its schema's metadata."""
        return write_geoparquet(self.regions, path, provenance=self.provenance)

    def to_geojson(self, path: str | Path) -> Path:
        """Write `regions` as GeoJSON: longitude and latitude (RFC 7946), or pixels, and a note of it, without a CRS."""
        return write_geojson(self.regions, path, provenance=self.provenance)

    def codes(self) -> NDArray[np.uint8]:
        """The kinds as numbers (T, H, W), as `to_cog` writes them."""
        layers = np.zeros(self.lost.shape, np.uint8)
        for kind, code in CODES.items():
            layers[self._mask(kind).values] = code
        layers[:, ~self.known.values] = NODATA
        return layers

    def plot(self) -> "Figure":
        """Draw both scenes with their masks, and the change between them."""
        from spexlab.extraction.changefigure import draw_change

        masks: dict[str, NDArray[np.bool_]] = {kind: self._mask(kind).any("target").values for kind in KINDS}
        return draw_change(self.before, self.after, masks, known=self.known.values, words=self.explanation)

    def _mask(self, kind: str) -> xr.DataArray:
        layer: xr.DataArray = getattr(self, kind)
        return layer

    def __repr__(self) -> str:
        first, last = self.dates
        return f"<Change {first} to {last}: {' '.join(one.sentence for one in self.amounts)}>"

    def _repr_html_(self) -> str:
        first, last = self.dates
        title = escape(f"{self.before.provenance['instruction']} – {first} to {last}")
        return f"<b>{title}</b>{self.table.to_html(index=False, float_format='{:,.1f}'.format)}<p>{escape(self.explanation)}</p>"


def change(before: Extraction, after: Extraction) -> Change:
    """Compare two answers about the same targets: what was lost, what was gained, what stayed.

    Only pixels that were looked at on both dates count. Where the grids differ, the later answer is put on that of the earlier by
    nearest neighbour, and `notes` says so.

    Parameters
    ----------
    before, after : Extraction
        Of the same instruction about two scenes.

    Raises
    ------
    ValueError
        If they are about different targets or keep to different conditions, the earlier comes second, grids that differ have no
        CRS, or no pixel was looked at on both dates.
    """
    _check(before, after)
    masks, probability, looked_at, notes = _on_grid(before, after)
    known = before.looked_at & looked_at
    if not known.any():
        raise ValueError(
            "a change needs pixels that were looked at on both dates, but there is none: they lie apart, or under cloud by turns; "
            "choose other dates, or another area"
        )
    was, now = before.mask & known, masks & known
    first, second = (_chances(one, layer.where(known)) for one, layer in ((before, before.probability), (after, probability)))
    chances = {kind: before.mask.copy(data=layer) for kind, layer in change_chances(first, second).items()}
    kinds: dict[Kind, xr.DataArray] = {"lost": was & ~now, "gained": now & ~was, "stable": was & now}
    amounts = [
        _amount(before, target, kind, mask=kinds[kind], likely=chances[kind], known=known)
        for target in before.targets
        for kind in KINDS
    ]
    return Change(before, after, **kinds, known=known, chances=chances, amounts=amounts, notes=notes)


def _chances(found: Extraction, probability: xr.DataArray) -> NDArray[np.float32]:
    """Chances (T, H, W) that are 1/2 where an answer cuts its masks."""
    return np.stack([chance(probability.sel(target=name).values, found.cuts[name].threshold) for name in found.targets])


def _check(before: Extraction, after: Extraction) -> None:
    if before.targets != after.targets:
        raise ValueError(
            f"a change is of the same targets, but before they are {', '.join(before.targets)}, and after "
            f"{', '.join(after.targets)}; ask the same of both scenes"
        )
    if before.request.wants != after.request.wants:
        raise ValueError(
            f"a change is between answers to the same question, but {before.provenance['instruction']!r} and "
            f"{after.provenance['instruction']!r} keep to different conditions; ask the same of both scenes"
        )
    first, last = str(before.provenance["date"])[:10], str(after.provenance["date"])[:10]
    if first and last and first > last:
        raise ValueError(f"the earlier answer comes first, but they are of {first} and {last}; turn them around")


def _on_grid(before: Extraction, after: Extraction) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray, list[str]]:
    """Masks, probabilities and where was looked, of the later answer on the grid of the earlier; and a note of it."""
    layers = after.mask, after.probability, after.looked_at
    if same_grid(before.scene, after.scene):
        place = {"y": before.mask["y"], "x": before.mask["x"]}
        mask, probability, looked_at = (layer.assign_coords(place) for layer in layers)
        return mask, probability, looked_at, []
    if crs_of(before.scene) is None or crs_of(after.scene) is None:
        raise ValueError(
            f"answers that are compared must share one grid, or have a CRS by which they can be brought to one, but they have "
            f"{before.scene.shape[1]} x {before.scene.shape[2]} and {after.scene.shape[1]} x {after.scene.shape[2]} pixels"
        )
    like = before.mask
    mask, looked_at = (_moved(layer.astype("uint8"), like, 0) > 0 for layer in (layers[0], layers[2]))
    note = f"The answer of {str(after.provenance['date'])[:10] or 'the later scene'} was put on the grid of the earlier one."
    return mask, _moved(layers[1], like, np.nan), looked_at, [note]


def _moved(layer: xr.DataArray, like: xr.DataArray, nodata: float) -> xr.DataArray:
    moved: xr.DataArray = layer.rio.reproject_match(like, resampling=Resampling.nearest, nodata=nodata)
    return moved.assign_coords(y=like["y"], x=like["x"])


def _amount(
    before: Extraction,
    target: str,
    kind: Kind,
    *,
    mask: xr.DataArray,
    likely: xr.DataArray,
    known: xr.DataArray,
) -> Amount:
    areas, chances = before.pixel_areas, likely.sel(target=target).values
    measured = measure(mask.sel(target=target).values, target=target, valid=known.values, pixel_area=areas)
    deviation = None if areas is None else area_deviation(chances, areas)
    expected = None if areas is None else float(np.nansum(chances * areas))
    claim, sentence = change_sentence(measured, kind, expected=expected, deviation=deviation)
    return Amount(target, kind, measured, expected, deviation, sentence, tuple(check_claims(claim, measured)))
