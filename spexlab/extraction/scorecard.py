"""A checkpoint's ``evaluation.json``: how well it did on places it never saw, and what the scenes were like that it learnt from."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import xarray as xr

from spexlab.extraction.domain import Domain
from spexlab.scene import BandSet, PixelKind, band_set, pixel_kind
from spexlab.scene.outputs import replacing

FILE = "evaluation.json"


@dataclass(frozen=True)
class HeldOut:
    """IoU of one target over places that the checkpoint never saw, with its 95 % interval."""

    target: str
    pixels: PixelKind
    bands: BandSet
    places: int
    iou: float
    """Averaged over the places, 0-1."""
    low: float
    high: float


@dataclass(frozen=True)
class Scorecard:
    """What is known of a checkpoint before it is asked."""

    held_out: tuple[HeldOut, ...] = ()
    """Empty where nothing was measured."""
    domain: Domain | None = None
    """What the scenes were like that it learnt from; None where that is not known."""

    def score(self, target: str, scene: xr.DataArray) -> HeldOut | None:
        """The score of a target in pixels and bands of this kind; None where it was not measured."""
        wanted = target, pixel_kind(scene), band_set(scene)
        return next((row for row in self.held_out if (row.target, row.pixels, row.bands) == wanted), None)


def read_scorecard(path: str | Path | None, *, checkpoint: str) -> Scorecard:
    """Read an ``evaluation.json``; an empty card where there is none, or it is of other weights than these.

    Parameters
    ----------
    path
        The file; None where a checkpoint has none.
    checkpoint
        SHA-256 of the weights; "" where that is not known, and the file is believed.

    Raises
    ------
    ValueError
        If the file is of another form.
    """
    if path is None or not Path(path).is_file():
        return Scorecard()
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        domain, weights = record.get("domain"), record["checkpoint"]
        rows = tuple(HeldOut(**row) for row in record["held_out"])
        card = Scorecard(rows, None if domain is None else Domain.from_json(domain))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{FILE} must hold `checkpoint` and `held_out`, rows of target, pixels, bands, places, iou, low and high, but "
            f"{str(path)!r} does not ({type(error).__name__}: {error}); get it again with its checkpoint, or take it away."
        ) from error
    return card if checkpoint in ("", weights) else Scorecard()


def write_scorecard(folder: str | Path, card: Scorecard, *, checkpoint: str) -> Path:
    """Write what is known of a checkpoint, told by the SHA-256 of its weights, into its folder.

    Raises
    ------
    OSError
        If the file cannot be written; nothing is left behind.
    """
    path = Path(folder) / FILE
    record = {"checkpoint": checkpoint, **asdict(card)}
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return path
