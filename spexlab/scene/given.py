"""What a user says about a source's numbers, checked at the door."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Given:
    """What is said about a source, in place of what its metadata say; None for all that is not said."""

    scale: tuple[float, ...] | None = None
    """Of all bands, or band by band: reflectance = number * scale + offset."""
    offset: tuple[float, ...] | None = None
    nodata: float | None = None
    """The number that stands for "nothing here"."""
    mask: Any = None
    """Pixels to leave out, in any form that `open_scene` takes."""
    pixel_size: float | None = None
    """Metres."""

    @classmethod
    def of(cls, *, scale: Any, offset: Any, nodata: Any, mask: Any, pixel_size: Any) -> "Given":
        """Check what was given.

        Raises
        ------
        ValueError
            If a number is none, or cannot be what it is given for.
        """
        scales, size = _numbers("scale", scale), _number("pixel_size", pixel_size)
        if scales is not None and 0.0 in scales:
            raise ValueError(f"scale= must not be 0, but {scale} was given")
        if size is not None and size <= 0.0:
            raise ValueError(f"pixel_size= must be metres, more than 0, but {pixel_size} was given")
        nodata = None if nodata is None or (isinstance(nodata, float) and math.isnan(nodata)) else _number("nodata", nodata)
        return cls(scales, _numbers("offset", offset), nodata, mask, size)

    @property
    def about_numbers(self) -> list[str]:
        """Names of what is said about numbers that a scene does not have any more."""
        return [name for name in ("scale", "offset", "nodata") if getattr(self, name) is not None]


def _numbers(name: str, given: Any) -> tuple[float, ...] | None:
    if given is None:
        return None
    parts = given.split(",") if isinstance(given, str) else given if isinstance(given, Sequence) else (given,)
    return tuple(_number(name, part) or 0.0 for part in parts) or (_number(name, ""),)  # type: ignore[return-value]


def _number(name: str, given: Any) -> float | None:
    if given is None:
        return None
    try:
        number = float(given)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}= must be a number, but {given!r} was given") from error
    if not math.isfinite(number):
        raise ValueError(f"{name}= must be a finite number, but {given!r} was given")
    return number
