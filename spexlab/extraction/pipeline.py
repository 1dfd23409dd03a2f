"""From a scene and an instruction to an Extraction: the one way that the map, the notebook and the command line go."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr
from dask.base import compute
from numpy.typing import DTypeLike, NDArray

from spexlab.evidence.limits import part_of
from spexlab.evidence.measurement import Measurement
from spexlab.evidence.prior import Prior, available_indices, lazy_prior, spectral_prior
from spexlab.evidence.strips import strips
from spexlab.extraction.calibration import Cut, check_thresholds, with_threshold
from spexlab.extraction.cutting import Cutter
from spexlab.extraction.engine import Engine
from spexlab.extraction.events import Events
from spexlab.extraction.evidence import TargetEvidence, explained
from spexlab.extraction.looking import Looking
from spexlab.extraction.memory import check_memory
from spexlab.extraction.provenance import provenance
from spexlab.extraction.result import Extraction
from spexlab.extraction.store import Sink, Store, StoredLayers, layer_of, put
from spexlab.extraction.trust import Background, Trust
from spexlab.extraction.understanding import all_understood, lines_of
from spexlab.extraction.view import View
from spexlab.extraction.windows import Window
from spexlab.language.request import Request, Want
from spexlab.language.writing import evidence_words
from spexlab.scene import check_scene, pixel_size
from spexlab.scene.area import AreaLike
from spexlab.scene.ground import pixel_areas


def run_extraction(
    scene: xr.DataArray,
    instruction: str | Sequence[str] | Request,
    *,
    engine: Engine,
    area: AreaLike | None = None,
    threshold: float | Mapping[str, float] | None = None,
    previous: Request | None = None,
    events: Events | None = None,
) -> Extraction:
    """Do what `spexlab.extract` does, with a checkpoint that is loaded."""
    words = "; ".join(lines_of(instruction))
    view = View.of(check_scene(scene), area)
    request = all_understood(instruction, engine, previous=previous)
    request = request.measurable(
        metres=pixel_size(view.clipped) is not None, targets=engine.targets, indices=available_indices(view.clipped)
    )
    for own in (engine.own[name] for name in (*request.targets, *request.exclude, *request.neighbours) if name in engine.own):
        own.check_scene(view.clipped)
    asked = (*request.targets, *request.exclude, *request.neighbours)
    check_thresholds(threshold, engine.targets)
    cuts = {name: with_threshold(engine.calibration.cut(name, view.clipped), threshold, name) for name in asked}
    check_memory(view.shape, layers=len(cuts), lazy=view.lazy)
    events = events or Events()
    look = Looking(engine, view, cuts, request.targets, events)
    return _Run(engine, view, request, cuts, events, look).extraction(words, by_request=isinstance(instruction, Request))


@dataclass
class _Run:
    """One extraction at work."""

    engine: Engine
    view: View
    request: Request
    cuts: Mapping[str, Cut]
    """By target, wanted, left out or a neighbour: how its logits become a probability, and where that is cut."""
    events: Events
    look: Looking
    store: Store = field(default_factory=Store)
    """Where the layers of a lazy scene are put."""

    def extraction(self, instruction: str, *, by_request: bool) -> Extraction:
        """Everything, in order: index, masks, words."""
        priors = self._priors()
        probability = self._probability()
        excluded, neighbours = self._excluded(probability), self._neighbours(probability)
        masks, measured, trust = self._layers(len(self.targets), bool), list[Measurement](), list[Trust]()
        with self.look.timed("mask"):
            for number, cutter in enumerate(self._cutters(probability, excluded, neighbours, priors)):
                mask, one, its_trust = cutter.cut(self.cuts[cutter.want.target])
                put(masks, slice(0, len(mask)), mask, layer=number)
                measured, trust = [*measured, one], [*trust, its_trust]
        evidence = self._words(measured)
        return Extraction(
            mask=self._on_grid(masks, "mask"),
            probability=self._on_grid(probability, "probability", count=len(self.targets)),
            excluded=self._on_grid(excluded, "excluded"),
            neighbours=self._on_grid(neighbours, "neighbours", targets=self.request.neighbours),
            explanation=explained(self.request, evidence),
            request=self.request,
            evidence=evidence,
            trust=trust,
            cuts=self.cuts,
            provenance=provenance(
                self.view, self.engine, self.request, instruction=instruction, by_request=by_request, cuts=self.cuts
            ),
            seconds={name: round(spent, 4) for name, spent in self.look.seconds.items()},
            features_reused=all(self.look.reused),
            scene=self.view.clipped,
            kept={("prior", name): prior for name, prior in zip(self.targets, priors, strict=True)} if self.view.lazy else {},
        )

    @property
    def targets(self) -> tuple[str, ...]:
        return self.request.targets

    def _layers(self, count: int, dtype: DTypeLike) -> Sink:
        """Room for layers (count, H, W): in memory as the scene is, or on disk."""
        shape = (count, *self.view.shape)
        return self.store.layers(shape, dtype) if self.view.lazy else np.empty(shape, dtype)

    def _priors(self) -> list[Prior | None]:
        """What the indices say about the whole area."""
        priors = []
        with self.look.timed("prior"):
            for done, target in enumerate(self.targets):
                self.events.on_stage("prior", done / len(self.targets))
                scene = self.view.clipped
                priors.append(self._stored(lazy_prior(scene, target)) if self.view.lazy else spectral_prior(scene, target))
            self.events.on_stage("prior", 1.0)
        return priors

    def _stored(self, prior: Prior | None) -> Prior | None:
        """A lazy prior, computed a strip of rows at a time: it is looked at again and again."""
        if prior is None:
            return None
        values, mask = self.store.layers(self.view.shape, np.float32), self.store.layers(self.view.shape, bool)
        for rows in strips(self.view.shape[0]):
            self.events.check()
            some, theirs = compute(prior.values[rows], prior.mask[rows], scheduler="threads")
            put(values, rows, some)
            put(mask, rows, theirs)
        return replace(prior, values=values.lazy, mask=mask.lazy)

    def _probability(self) -> Any:
        """Probabilities (T + E, H, W) of what is wanted, then of what else is asked for; NaN where the scene has no data."""
        into = self._layers(len(self.cuts), np.float32)
        preview = self._preview() if self.events.mask is not None else None
        with closing(self.look.windows(into)) as windows:
            for mosaic, window in windows:
                if preview is not None:
                    preview(mosaic.part(window), window)
        self.events.on_stage("mask", 1.0)  # said again: the last window is put away, and shown
        return into

    def _preview(self) -> Callable[[NDArray[np.float32], Window], None]:
        """What shows the masks so far, on and on, when it is given the probabilities in a window."""
        so_far = np.full((len(self.targets), *self.view.shape), np.nan, dtype=np.float32)
        looked_at = np.stack([self.view.inside & part_of(self.view.shape, want) for want in self.request.wants])

        def show(part: NDArray[np.float32], window: Window) -> None:
            known = looked_at[:, *window.slices] & np.isfinite(part[0])
            so_far[:, *window.slices] = np.where(known, self._found(part), np.float32(np.nan))
            for target, layer in zip(self.targets, so_far, strict=True):
                if self.events.mask is not None:
                    self.events.mask(target, layer, window)

        return show

    def _cutters(self, probability: Any, excluded: Any, neighbours: Any, priors: Sequence[Prior | None]) -> Iterator[Cutter]:
        """What makes the masks of the probabilities (T, H, W), without what is left out of each (T, H, W)."""
        scene = self.view.clipped
        near = dict(zip(self.request.neighbours, neighbours, strict=True))
        metres = pixel_areas(scene)
        domain = self.engine.scorecard.domain
        outside = None if domain is None else domain.departures(scene)
        for number, (want, prior) in enumerate(zip(self.request.wants, priors, strict=True)):
            score, covered = self.engine.scorecard.score(want.target, scene), self.engine.calibration.covers(want.target, scene)
            background = Background(score, covered, outside)
            yield Cutter(want, scene, layer_of(probability, number), excluded[number], near, prior, background, metres)

    def _excluded(self, probability: Any) -> NDArray[np.bool_]:
        """Where (T, H, W) anything is that is to be left out of each target, by probabilities (T + E, H, W)."""
        shape = (len(self.targets), *self.view.shape)
        if not self.request.exclude:  # nothing to leave out takes no memory
            return np.broadcast_to(np.False_, shape)
        excluded = np.empty(shape, bool)
        for rows in strips(shape[1]):
            excluded[:, rows] = self._left_out(probability[:, rows])
        return excluded

    def _left_out(self, probability: NDArray[np.float32]) -> NDArray[np.bool_]:
        above = dict(zip(self.cuts, self._above(probability), strict=True))
        none = np.zeros(probability.shape[1:], bool)
        return np.stack([np.any([none, *(above[name] for name in want.exclude)], axis=0) for want in self.request.wants])

    def _neighbours(self, probability: Any) -> NDArray[np.bool_]:
        """Where (N, H, W) each target is that regions must be near to, or far from, by the probabilities of all."""
        numbers = [list(self.cuts).index(name) for name in self.request.neighbours]
        neighbours = np.empty((len(numbers), *self.view.shape), bool)
        for rows in strips(self.view.shape[0]) if numbers else ():
            neighbours[:, rows] = self._above(probability[:, rows])[numbers]
        return neighbours

    def _found(self, probability: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Cut probabilities (T + E, H, W) to masks (T, H, W), without what is to be left out; unknown is outside."""
        masks: NDArray[np.bool_] = self._above(probability)[: len(self.targets)] & ~self._left_out(probability)
        return masks

    def _above(self, probability: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Where each of T + E targets lies above its threshold."""
        thresholds = np.array([cut.threshold for cut in self.cuts.values()], dtype=np.float32)
        with np.errstate(invalid="ignore"):
            above: NDArray[np.bool_] = probability > thresholds[:, None, None]
        return above

    def _words(self, measured: Sequence[Measurement]) -> list[TargetEvidence]:
        """The explanation of each target, streamed as it is written, then checked and mended."""
        if not self.look.states:
            self.look.read_overview()
        evidence = []
        with self.look.timed("words"):
            for done, (want, measurement) in enumerate(zip(self.request.wants, measured, strict=True)):
                self.events.on_stage("words", done / len(self.targets))
                evidence.append(self._described(want, measurement))
            self.events.on_stage("words", 1.0)
        return evidence

    def _described(self, want: Want, measurement: Measurement) -> TargetEvidence:
        def on_text(text: str) -> None:
            if self.events.words is not None:
                self.events.words(want.target, text)

        segment, text = self.look.states.pop(want.target), ""
        if want.target not in self.engine.own:  # of what was taught by examples the language model knows nothing
            text = self.engine.describe(segment, evidence_words(measurement), on_text=on_text, cancelled=self.events.is_cancelled)
        self.events.check()
        evidence = TargetEvidence.of(measurement, text, want, ask=self.request.ask)
        if evidence.explanation != text:
            on_text(evidence.explanation)
        return evidence

    def _on_grid(self, layers: Sink, name: str, *, targets: Sequence[str] | None = None, count: int | None = None) -> xr.DataArray:
        """StoredLayers (T, H, W), of what is wanted unless told, on the clipped scene's grid; lazy if they are on disk."""
        values = (layers.lazy if isinstance(layers, StoredLayers) else layers)[:count]
        grid = self.view.clipped.isel(band=0, drop=True)
        place = {key: grid.coords[key] for key in ("y", "x", "spatial_ref") if key in grid.coords}
        coords = {"target": list(self.targets if targets is None else targets), **place}
        return xr.DataArray(values, dims=("target", "y", "x"), coords=coords, name=name)
