"""A reference of every pixel, asked for one target after the other: classes, or a mask that is the truth of whatever is asked."""

from dataclasses import dataclass
from functools import cached_property

import xarray as xr

from spexlab.places.references.meaning import class_column, has_codes, is_mask, proposed
from spexlab.places.references.raster import LabelRaster, Truth
from spexlab.places.references.reading import Reference, ReferenceLike, read_reference
from spexlab.targets import TARGETS


@dataclass(frozen=True, eq=False)
class Truths:
    """What a reference says of any target."""

    reference: Reference

    @classmethod
    def of(cls, reference: "ReferenceLike | Truths") -> "Truths":
        """Read a reference; what was read already stays as it is.

        Raises
        ------
        ValueError
            If it is none, or says nothing about every pixel: points, or a raster with other numbers than yes and no or the codes of
            `spexlab.targets`.
        OSError
            If it is a path that cannot be read.
        """
        if isinstance(reference, cls):
            return reference
        made = cls(read_reference(reference))
        made._check()
        return made

    @cached_property
    def classes(self) -> bool:
        """Whether it tells classes apart; else it is a mask, and the truth of whatever is asked."""
        if isinstance(self.reference, LabelRaster):
            several = self.reference.labels.sizes["band"] > 1
            return several or not is_mask(self.reference.kinds)
        return class_column(self.reference) is not None

    @property
    def words(self) -> str:
        """What it is, in words."""
        return "each by its own classes" if self.classes else "a mask, which is the truth of all that is asked"

    def truth(self, target: str, whole: xr.DataArray, part: xr.DataArray) -> Truth:
        """Where a target is on a part of a scene, and where that is known, both (H, W).

        Raises
        ------
        ValueError
            If the reference does not lie on the scene, or knows no such target.
        """
        said = proposed(self.reference, target)
        if isinstance(self.reference, LabelRaster):
            return self.reference.about(target).truth(whole, part, yes=said.yes, unknown=said.unknown)
        if self.classes:
            column = class_column(self.reference) or ""
            names = {target, *(TARGETS[target].members if target in TARGETS else ())} & set(self.reference.kinds(column))
            # Of a class that it does not name, it only knows where others are.
            return self.reference.truth(part, column, yes=sorted(names), complete=said.complete and bool(names))
        return self.reference.truth(part, said.column, yes=said.yes, complete=said.complete)

    def check_on(self, whole: xr.DataArray, part: xr.DataArray) -> None:
        """Make sure that it lies on a part of a scene, before anything is asked about that.

        Raises
        ------
        ValueError
            If it does not.
        """
        grid = part.isel(band=0, drop=True)
        if isinstance(self.reference, LabelRaster):
            first = self.reference.about(self.reference.names[0]) if self.reference.labels.sizes["band"] > 1 else self.reference
            first.truth(whole, grid, yes=(), unknown=())
        else:
            self.reference.on(grid)

    def _check(self) -> None:
        if not isinstance(self.reference, LabelRaster):
            if self.reference.pointlike:
                raise ValueError(
                    "instructions are scored against a label raster or polygons, but points were given, which are samples; the "
                    "Explorer's panel Assess, or `spexlab.evaluation.assessment.judge`, estimates from them"
                )
            return
        if self.reference.labels.sizes["band"] > 1:
            return
        kinds = self.reference.kinds
        if not (is_mask(kinds) or has_codes(kinds)):
            raise ValueError(
                f"a label raster must hold 0 and 1, or the codes 0 to 11 of spexlab.targets, but it holds {', '.join(kinds[:8])}; "
                "recode it, or make a mask of the class that is asked for"
            )
