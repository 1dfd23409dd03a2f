"""`extract_many`: one instruction about many scenes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from spexlab.extraction.asking import the_model
from spexlab.extraction.batch.catalog import store, summarise
from spexlab.extraction.batch.folder import Batch, named
from spexlab.extraction.calibration import check_thresholds
from spexlab.extraction.result import Extraction
from spexlab.extraction.spex import Spex
from spexlab.extraction.understanding import lines_of
from spexlab.scene import open_scene
from spexlab.scene.area import Area, AreaLike
from spexlab.version import __version__


def extract_many(  # noqa: PLR0913 - what is asked, of what, and where to
    sources: Iterable[Any] | Mapping[str, Any],
    instruction: str | Sequence[str],
    *,
    to: str | Path,
    areas: Mapping[str, AreaLike] | None = None,
    model: str | Path | Spex = "spex-tiny",
    threshold: float | Mapping[str, float] | None = None,
    opening: Mapping[str, Any] | None = None,
    retry: bool = False,
    on_scene: Callable[[str, int, int], None] | None = None,
) -> Batch:
    """Ask one thing of many scenes, and keep the answers in a folder.

    A scene's results are seen when all of them are there, so that a batch that was stopped, or killed, goes on where it was when
    it is asked again: what is done stays as it is. A scene that cannot be read or looked at is listed with the reason, and the
    others go on.

    Parameters
    ----------
    sources : iterable or mapping
        What `open_scene` takes: paths, STAC items, scenes; a mapping names them, else they have the names of their files or items.
    instruction : str or sequence of str
        What to look for; see `spexlab.extract`.
    to : str or Path
        The folder; made if need be.
    areas : mapping, optional
        Name -> where to look. Every area is looked at in every scene, as "scene-area".
    model, threshold
        See `spexlab.extract`.
    opening : mapping, optional
        Keywords of `open_scene` for all sources: sensor, bands, scale, offset, ...
    retry : bool
        Try those again that failed before.
    on_scene : callable, optional
        Called with each name, how many come before it, and how many there are.

    Returns
    -------
    Batch
        `done` and `failed`, `regions` of all scenes, and the STAC `collection`.

    Raises
    ------
    UnknownTargetError
        If the instruction names nothing that the model can extract.
    ValueError
        If two scenes have one name, the folder holds another batch, or what is asked cannot be used.
    OSError
        If results cannot be written; asked again, the batch goes on.

    Examples
    --------
    >>> batch = spexlab.extract_many(["june.tif", "july.tif"], "lakes over 5 ha", to="lakes")  # doctest: +SKIP
    >>> batch.failed  # doctest: +SKIP
    {}
    """
    spex = copy(the_model(model))  # without kept features, as no scene is asked about twice
    spex.understand(instruction)  # what cannot be asked of any scene is no scene's failure
    check_thresholds(threshold, spex.targets)
    jobs = _jobs(named(sources), areas)
    asking = _Asking(spex, instruction, threshold, opening or {})
    batch = Batch.claimed(to, asking.record)
    for number, (name, (source, area)) in enumerate(jobs.items()):
        if not batch.settled(name, retry=retry):
            if on_scene is not None:
                on_scene(name, number, len(jobs))
            asking.settle(batch, name, source, area)
    summarise(batch)
    return batch


def _jobs(sources: Mapping[str, Any], areas: Mapping[str, AreaLike] | None) -> dict[str, tuple[Any, Area | None]]:
    if areas is None:
        return {name: (source, None) for name, source in sources.items()}
    read = {name: Area.of(area) for name, area in areas.items()}
    return named({f"{name}-{place}": (source, area) for name, source in sources.items() for place, area in read.items()})


@dataclass(frozen=True)
class _Asking:
    """What is the same for every scene."""

    spex: Spex
    instruction: str | Sequence[str]
    threshold: float | Mapping[str, float] | None
    opening: Mapping[str, Any]

    @property
    def record(self) -> dict[str, Any]:
        """What is asked, in plain values; another batch differs in one of them."""
        return {
            "instruction": list(lines_of(self.instruction)),
            "model": self.spex.name,
            "checkpoint_sha256": self.spex.checkpoint,
            "threshold": dict(self.threshold) if isinstance(self.threshold, Mapping) else self.threshold,
            "opening": {key: str(value) for key, value in self.opening.items()},
            "version": __version__,
        }

    def settle(self, batch: Batch, name: str, source: Any, area: Area | None) -> None:
        """Answer one scene and keep the answer, or the reason why there is none."""
        try:
            found = self._answered(source, area)
        except Exception as error:  # noqa: BLE001 - readers of imagery share no kind of error, and the other scenes go on
            batch.fail(name, _described(source), error)
            return
        with batch.storing(name) as folder:
            store(found, name, folder)

    def _answered(self, source: Any, area: Area | None) -> Extraction:
        scene = open_scene(source, **self.opening)
        return self.spex.extract(scene, self.instruction, area=area, threshold=self.threshold)


def _described(source: Any) -> str:
    return str(source.attrs.get("source", "array")) if isinstance(source, xr.DataArray) else str(source)[:500]
