"""What in a reference stands for a target: proposed by its values, to be changed by who knows better."""

from collections.abc import Sequence
from dataclasses import dataclass

from spexlab.places.references.raster import LabelRaster
from spexlab.places.references.shapes import LabelShapes
from spexlab.targets import CLASSES, CLOUD, KNOWN_NEGATIVE, TARGETS, UNLABELLED, label_codes

YES, NO = {"yes", "true", "1", "y"}, {"no", "false", "0", "n"}
_CODES = {str(code) for code in (UNLABELLED, *CLASSES.values(), CLOUD, KNOWN_NEGATIVE)}


@dataclass(frozen=True)
class Meaning:
    """What stands for a target."""

    column: str = ""
    """Of points and polygons; "" where all of them are the target."""
    yes: tuple[str, ...] = ()
    """Kinds that are the target, in small letters; numbers as "1"."""
    unknown: tuple[str, ...] = ()
    """Kinds that say nothing: unlabelled, cloud. What is in neither is something else."""
    complete: bool = False
    """Whether polygons are all of the target that there is, so that everything outside them is something else; else each of them is
    a sample that counts once."""

    def check(self, kinds: Sequence[str]) -> None:
        """Make sure that it fits what the reference tells apart.

        Raises
        ------
        ValueError
            If nothing stands for the target, or what does is not there.
        """
        shown = ", ".join(kinds[:8]) + (", …" if len(kinds) > 8 else "")
        if not self.yes:
            raise ValueError(f"some of the reference's values must stand for the target, but none was named; it holds {shown}")
        missing = [kind for kind in (*self.yes, *self.unknown) if kind not in kinds]
        if missing:
            raise ValueError(f"each value that is named must stand in the reference, but {missing[0]!r} does not; it holds {shown}")


def proposed(reference: LabelRaster | LabelShapes, target: str) -> Meaning:
    """What most likely stands for a target; `yes` is empty where that cannot be told.

    Raises
    ------
    ValueError
        If the raster has several bands of which none is about the target.
    """
    if isinstance(reference, LabelRaster):
        return _of_raster(reference.about(target).kinds, target)
    return _of_shapes(reference, target)


def is_mask(kinds: Sequence[str]) -> bool:
    """Whether a raster that holds these says no more than yes and no."""
    return set(kinds) <= {"0", "1"} or (len(kinds) == 2 and kinds[0] == "0")


def has_codes(kinds: Sequence[str]) -> bool:
    """Whether a raster that holds these may hold the codes of `spexlab.targets`."""
    return set(kinds) <= _CODES


def class_column(reference: LabelShapes) -> str | None:
    """Find the column that names targets; None where there is none."""
    return next((name for name in reference.columns if not set(TARGETS).isdisjoint(reference.kinds(name))), None)


def _of_raster(kinds: Sequence[str], target: str) -> Meaning:
    if is_mask(kinds):
        return Meaning(yes=tuple(kind for kind in kinds if kind != "0"))
    if has_codes(kinds) and target in TARGETS:
        yes = tuple(kind for kind in kinds if kind in {str(code) for code in label_codes(target)})
        return Meaning(yes=yes, unknown=tuple(kind for kind in (str(UNLABELLED), str(CLOUD)) if kind in kinds))
    return Meaning()


def _of_shapes(reference: LabelShapes, target: str) -> Meaning:
    names = {target, *(TARGETS[target].members if target in TARGETS else ())}
    for column in reference.columns:
        if meant := names & set(reference.kinds(column)):
            return _of_column(reference, column, tuple(sorted(meant)))
    for column in reference.columns:
        kinds = set(reference.kinds(column))
        if kinds and kinds & YES and kinds <= YES | NO:
            return _of_column(reference, column, tuple(sorted(kinds & YES)))
    return Meaning() if reference.pointlike else Meaning(complete=True)


def _of_column(reference: LabelShapes, column: str, yes: tuple[str, ...]) -> Meaning:
    """Polygons of nothing but the target are all of it: nobody draws samples of one class alone."""
    return Meaning(column, yes, complete=not reference.pointlike and set(reference.kinds(column)) == set(yes))
