"""Extraction: what was found, with its regions, exports and a figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import xarray as xr

from spexlab.extraction.correcting import corrected, undone
from spexlab.extraction.cutting import cut_at
from spexlab.extraction.dataset import dataset_of, write_netcdf
from spexlab.extraction.export import write_classes, write_figure, write_masks, write_probability
from spexlab.extraction.findings import Findings
from spexlab.extraction.labels import to_labels
from spexlab.extraction.regionfiles import write_geojson, write_geopackage, write_geoparquet
from spexlab.extraction.vectors import regions_frame
from spexlab.scene.pointing import PointedLike

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_BAND = "margin:4px 0;padding:4px 8px;background:#ffe3a3;color:#3d2c00;font-weight:600"
"""How an answer that leaves something out is set apart in a notebook."""


@dataclass(frozen=True, eq=False, repr=False)
class Extraction(Findings):
    """What `spexlab.extract` found."""

    @cached_property
    def regions(self) -> gpd.GeoDataFrame:
        """The masks' 8-connected regions as polygons, largest first within a target.

        Columns: geometry (scene's CRS; pixels without one), target, pixels, area_m2 (None without a CRS), probability (mean),
        index, inside, around (mean index inside and in the ring around), instruction, model, version, date. Where a distance from
        another target was asked for, also metres_to_..., or pixels_to_... where it is to be next to it; empty beyond that distance.
        """
        return regions_frame(self)

    def cut_at(self, thresholds: float | Mapping[str, float]) -> "Extraction":
        """Cut the probability elsewhere: another mask, measured anew. No model runs, so the words are those of a template.

        Parameters
        ----------
        thresholds : float or mapping
            Probability (0-1) above which a pixel belongs to a target: one for all, or by target; the others stay.

        Raises
        ------
        ValueError
            If it is not between 0 and 1, or is for a target that was not extracted.
        """
        return cut_at(self, thresholds)

    def corrected(
        self, *, target: str | None = None, inside: PointedLike | None = None, outside: PointedLike | None = None
    ) -> "Extraction":
        """Correct a mask by pointing. What is pointed at is obeyed; pixels that look alike change with it, the nearer the more.

        Corrections add up (`corrections`), and `undone` takes the last one back. No model runs: masks, evidence, trust and exports
        are measured anew, and the words are those of a template.

        Parameters
        ----------
        target : str, optional
            Which mask; may be left out where there is only one.
        inside, outside
            What belongs to the target, and what does not; at least one of them. A point (x, y) or a list of points, or points,
            lines and polygons in any form that `area` takes (GeoJSON, shapely, a GeoDataFrame, a box, a file); in longitude and
            latitude, or in pixels on a scene without a CRS.

        Raises
        ------
        ValueError
            If the target was not asked for, if a shape lies outside the area that was looked at, or if it contradicts what was said
            of the same pixels.

        Examples
        --------
        >>> water = spexlab.extract(spexlab.sample_scene(), "water")  # doctest: +SKIP
        >>> better = water.corrected(inside=(120, 88)).corrected(outside=[(40, 30), (52, 31)])  # doctest: +SKIP
        """
        return corrected(self, target=target, inside=inside, outside=outside)

    def undone(self) -> "Extraction":
        """Take the last correction back; without any, the answer is word for word what it was before.

        Raises
        ------
        ValueError
            If there is none.
        """
        return undone(self)

    def to_cog(self, path: str | Path) -> Path:
        """Write the masks as a cloud-optimised GeoTIFF: uint8, one band a target, 1 inside, 0 outside, 255 no data.

        Of one target it has a colour table; for several in one picture see `classes_to_cog`.

        Raises
        ------
        OSError
            If the file cannot be written; nothing is left behind.
        """
        return write_masks(self, path)

    def classes_to_cog(self, path: str | Path) -> Path:
        """Write all targets in one band as a cloud-optimised GeoTIFF with a colour table, to be looked at as a map of classes.

        uint8: the number of the target in `targets`, from 1 on, 0 where there is none of them, 255 no data; the names stand in the
        tag CLASSES. A pixel in several masks has the class of the highest probability.
        """
        return write_classes(self, path)

    def probability_to_cog(self, path: str | Path) -> Path:
        """Write the probabilities as a cloud-optimised GeoTIFF: float32, one band a target, NaN where there is no data."""
        return write_probability(self, path)

    def to_dataset(self) -> xr.Dataset:
        """Return mask (bool) and probability (float32) with dims (target, y, x), the scene's CRS, and `provenance` as JSON."""
        return dataset_of(self)

    def to_netcdf(self, path: str | Path) -> Path:
        """Write `to_dataset` as NetCDF 3; there the mask is int8, -1 where there is no data."""
        return write_netcdf(self, path)

    def to_geoparquet(self, path: str | Path) -> Path:
        """Write `regions` as GeoParquet, with `provenance` as JSON in its schema's metadata."""
        return write_geoparquet(self.regions, path, provenance=self.provenance)

    def to_geopackage(self, path: str | Path) -> Path:
        """Write `regions` as the layer "regions" of a GeoPackage, with `provenance` as JSON in its metadata."""
        return write_geopackage(self.regions, path, provenance=self.provenance)

    def to_geojson(self, path: str | Path) -> Path:
        """Write `regions` as GeoJSON: longitude and latitude (RFC 7946), or pixels, and a note of it, without a CRS."""
        return write_geojson(self.regions, path, provenance=self.provenance)

    def to_labels(self, path: str | Path, *, name: str | None = None, group: str | None = None) -> Path:
        """Keep the masks, accepted or corrected, as a labelled scene that training reads (`spexlab.places.open_places`).

        What lies in no mask counts as none of the targets. Correct the mask until that is so before you keep it.

        Parameters
        ----------
        path : str or Path
            Folder of labelled scenes: ``manifest.json``, ``scenes/``, ``labels/``; made if need be, else added to.
        name : str, optional
            Of the sample; one of the same name is replaced. Made from scene, targets and the time of the answer unless told.
        group : str, optional
            The spot on earth, which never stands on both sides of a split; made from the scene's source unless told.

        Raises
        ------
        ValueError
            If the folder holds a manifest.json that is none, or the name is no file's name.
        OSError
            If it cannot be written.
        """
        return to_labels(self, path, name=name, group=group)

    def to_png(self, path: str | Path, *, colours: Mapping[str, str] | None = None) -> Path:
        """Write `plot` as a picture."""
        return write_figure(self.plot(colours=colours), path, provenance=self.provenance)

    def plot(self, *, colours: Mapping[str, str] | None = None) -> "Figure":
        """Draw the scene, its masks and probabilities, and the words, with a legend and a scale bar.

        Parameters
        ----------
        colours : mapping of str to str, optional
            Target -> "#rrggbb" of its mask, where it is not to have its own.
        """
        from spexlab.extraction.figure import draw

        return draw(self, colours or {})

    def __repr__(self) -> str:
        found = "; ".join(f"{one.target}: {one.amount}" for one in self.evidence)
        return f"<Extraction {'; '.join(filter(None, [found, self.request.incomplete]))}>"

    def __str__(self) -> str:
        return "\n".join([repr(self), *(f"{one.target}: {one.text}" for one in self.trust), *map(str, self.advice)])

    def _repr_html_(self) -> str:
        """Table of targets and the explanation; every word of a model or a file is escaped."""
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(one.target)}</th><td>{escape(one.amount)}</td>"
            f"<td>{escape(one.spectra)}</td></tr>"
            for one in self.evidence
        )
        title = escape(f"{self.provenance['instruction']} – {self.provenance['scene']}")
        trust = "".join(f"<p><b>{escape(one.target)}</b>: {escape(one.text)}</p>" for one in self.trust)
        trust += "".join(f"<p>{escape(str(one))}</p>" for one in self.advice)
        lost = escape(self.request.incomplete)
        band = f"<p style='{_BAND}'>{lost}</p>" if lost else ""
        return f"<b>{title}</b>{band}<table>{rows}</table>{trust}<p>{escape(self.explanation)}</p>"
