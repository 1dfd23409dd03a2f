"""From a scene and an instruction to an Extraction: the one way that the map, the notebook and the command line go."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.limits import part_of
from spexlab.evidence.measurement import Measurement
from spexlab.evidence.prior import Prior, spectral_prior
from spexlab.extraction.calibration import Cut, check_thresholds, with_threshold
from spexlab.extraction.cutting import Cutter
from spexlab.extraction.engine import Engine, Segment
from spexlab.extraction.events import STAGES, Events
from spexlab.extraction.evidence import TargetEvidence, explained
from spexlab.extraction.memory import check_memory
from spexlab.extraction.provenance import provenance
from spexlab.extraction.result import Extraction
from spexlab.extraction.trust import Background
from spexlab.extraction.understanding import all_understood, lines_of
from spexlab.extraction.view import View
from spexlab.extraction.windows import Mosaic, Tile, TileReader, Window, fitting_side, in_blocks, overview, plan_windows
from spexlab.language.question import question_about
from spexlab.language.request import Request, Want
from spexlab.language.writing import evidence_words
from spexlab.scene import check_scene, pixel_size
from spexlab.scene.area import AreaLike
from spexlab.scene.ground import pixel_areas


def run_extraction(
    scene: xr.DataArray,
    instruction: str | Sequence[str],
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
    request = all_understood(instruction, engine, previous=previous).measurable(metres=pixel_size(view.clipped) is not None)
    asked = (*request.targets, *request.exclude, *request.neighbours)
    check_thresholds(threshold, engine.targets)
    cuts = {name: with_threshold(engine.calibration.cut(name, view.clipped), threshold, name) for name in asked}
    check_memory(view.shape, layers=len(cuts))
    return _Run(engine, view, request, cuts, events or Events()).extraction(words)


@dataclass
class _Run:
    """One extraction at work."""

    engine: Engine
    view: View
    request: Request
    cuts: Mapping[str, Cut]
    """By target, wanted, left out or a neighbour: how its logits become a probability, and where that is cut."""
    events: Events
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    reused: list[bool] = field(default_factory=list)
    """For each window: were its features kept from before?"""
    states: dict[str, Segment] = field(default_factory=dict)
    """By target, what the words go on from; empty until the only window, or the overview, was read."""

    def extraction(self, instruction: str) -> Extraction:
        """Everything, in order: index, masks, words."""
        priors = self._priors()
        probability = self._probability()
        valid = self.view.inside & np.isfinite(probability[0])
        if not valid.any():
            raise ValueError("the area holds no pixel with data; draw it where the scene has some.")
        probability[:, ~valid] = np.nan
        likely, excluded, neighbours = probability[: len(self.targets)], self._excluded(probability), self._neighbours(probability)
        with self._timed("mask"):
            cutters = self._cutters(likely, excluded, neighbours, priors)
            masks, measured, trust = zip(*(one.cut(self.cuts[one.want.target]) for one in cutters), strict=True)
        evidence = self._words(measured)
        return Extraction(
            mask=self._on_grid(np.stack(masks), "mask"),
            probability=self._on_grid(likely, "probability"),
            excluded=self._on_grid(excluded, "excluded"),
            neighbours=self._on_grid(neighbours, "neighbours", targets=self.request.neighbours),
            explanation=explained(self.request, evidence),
            request=self.request,
            evidence=evidence,
            trust=list(trust),
            cuts=self.cuts,
            provenance=provenance(self.view, self.engine, self.request, instruction=instruction, cuts=self.cuts),
            seconds={name: round(spent, 4) for name, spent in self.seconds.items()},
            features_reused=all(self.reused),
            scene=self.view.clipped,
        )

    @property
    def targets(self) -> tuple[str, ...]:
        return self.request.targets

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - start

    def _priors(self) -> list[Prior | None]:
        """What the indices say about the whole area."""
        priors = []
        with self._timed("prior"):
            for done, target in enumerate(self.targets):
                self.events.on_stage("prior", done / len(self.targets))
                priors.append(spectral_prior(self.view.clipped, target))
            self.events.on_stage("prior", 1.0)
        return priors

    def _probability(self) -> NDArray[np.float32]:
        """Probabilities (T + E, H, W) of what is wanted, then of what else is asked for; NaN where the scene has no data."""
        shape = self.view.shape
        size = fitting_side(shape, self.engine.window)
        overlap = size // 4
        windows = in_blocks(plan_windows(shape, size=size, overlap=overlap))
        reader = TileReader(self.view.scene, size=size)
        mosaic = Mosaic(len(self.cuts), shape, overlap=overlap)
        so_far = np.full((len(self.targets), *shape), np.nan, dtype=np.float32) if self.events.mask else None
        looked_at = np.stack([self.view.inside & part_of(shape, want) for want in self.request.wants])
        for done, window in enumerate(windows):
            self.events.on_stage("encode", done / len(windows))
            tile, features = self._encoded(window, reader)
            self.events.on_stage("encode", (done + 1) / len(windows))
            self.events.on_stage("mask", done / len(windows))
            mosaic.add(window, self._decoded(window, tile, features, keep=len(windows) == 1))
            self.events.on_stage("mask", (done + 1) / len(windows))
            if so_far is not None:
                self._preview(so_far, mosaic, window, looked_at)
        return mosaic.finish()

    def _cutters(
        self,
        likely: NDArray[np.float32],
        excluded: NDArray[np.bool_],
        neighbours: NDArray[np.bool_],
        priors: Sequence[Prior | None],
    ) -> list[Cutter]:
        """What makes the masks of the probabilities (T, H, W), without what is left out of each (T, H, W)."""
        scene = self.view.clipped
        near = dict(zip(self.request.neighbours, neighbours, strict=True))
        metres = pixel_areas(scene)
        domain = self.engine.scorecard.domain
        outside = None if domain is None else domain.departures(scene)
        backgrounds = [
            Background(self.engine.scorecard.score(name, scene), self.engine.calibration.covers(name, scene), outside)
            for name in self.targets
        ]
        return [
            Cutter(want, scene, layer, without, near, prior, background, metres)
            for want, layer, without, prior, background in zip(
                self.request.wants, likely, excluded, priors, backgrounds, strict=True
            )
        ]

    def _excluded(self, probability: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Where (T, H, W) anything is that is to be left out of each target, by probabilities (T + E, H, W)."""
        none = np.broadcast_to(np.zeros((), bool), probability.shape[1:])
        if not self.request.exclude:  # nothing to leave out takes no memory
            return np.broadcast_to(none, (len(self.targets), *none.shape))
        above = dict(zip(self.cuts, self._above(probability), strict=True))
        return np.stack([np.any([none, *(above[name] for name in want.exclude)], axis=0) for want in self.request.wants])

    def _neighbours(self, probability: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Where (N, H, W) each target is that regions must be near to, or far from, by the probabilities of all."""
        numbers = [list(self.cuts).index(name) for name in self.request.neighbours]
        return self._above(probability)[numbers] if numbers else np.empty((0, *self.view.shape), bool)

    def _found(self, probability: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Cut probabilities (T + E, H, W) to masks (T, H, W), without what is to be left out; unknown is outside."""
        masks: NDArray[np.bool_] = self._above(probability)[: len(self.targets)] & ~self._excluded(probability)
        return masks

    def _above(self, probability: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Where each of T + E targets lies above its threshold."""
        thresholds = np.array([cut.threshold for cut in self.cuts.values()], dtype=np.float32)
        with np.errstate(invalid="ignore"):
            above: NDArray[np.bool_] = probability > thresholds[:, None, None]
        return above

    def _preview(self, so_far: NDArray[np.float32], mosaic: Mosaic, window: Window, looked_at: NDArray[np.bool_]) -> None:
        part = mosaic.part(window)
        known = looked_at[:, *window.slices] & np.isfinite(part[0])
        so_far[:, *window.slices] = np.where(known, self._found(part), np.float32(np.nan))
        for target, layer in zip(self.targets, so_far, strict=True):
            if self.events.mask is not None:
                self.events.mask(target, layer, window)

    def _encoded(self, window: Window, reader: TileReader) -> tuple[Tile, Any]:
        """A window's pixels and their features; None where it holds no data."""
        with self._timed("encode"):
            tile = reader.read(window.shifted(*self.view.origin))
            if tile.empty[tile.inside].all():
                return tile, None
            features, reused = self.engine.encode(tile.pixels)
        self.reused.append(reused)
        return tile, features

    def _decoded(self, window: Window, tile: Tile, features: Any, *, keep: bool) -> NDArray[np.float32]:
        """Probabilities (T + E, h, w) of one window."""
        if features is None:
            return np.full((len(self.cuts), window.height, window.width), np.nan, dtype=np.float32)
        with self._timed("mask"):
            segments = {target: self._segment(features, tile.pixels, target) for target in self.cuts}
            likely = np.stack([cut.probability(segments[target].logits) for target, cut in self.cuts.items()])
        if keep:
            self.states = {target: segments[target] for target in self.targets}
        likely[:, tile.empty] = np.nan
        return likely[:, *tile.inside]

    def _segment(self, features: Any, pixels: xr.DataArray, target: str) -> Segment:
        """Ask for one target in one tile, with what the index knows about it there."""
        self.events.check()
        return self.engine.segment(features, question_about(pixels, target))

    def _words(self, measured: Sequence[Measurement]) -> list[TargetEvidence]:
        """The explanation of each target, streamed as it is written, then checked and mended."""
        if not self.states:
            self._read_overview()
        evidence = []
        with self._timed("words"):
            for done, (want, measurement) in enumerate(zip(self.request.wants, measured, strict=True)):
                self.events.on_stage("words", done / len(self.targets))
                evidence.append(self._described(want, measurement))
            self.events.on_stage("words", 1.0)
        return evidence

    def _read_overview(self) -> None:
        """Many windows have many states; the words go on from one that saw the whole area at once."""
        with self._timed("encode"):
            small = overview(self.view.clipped, size=self.engine.window)
            whole = Window(0, 0, small.sizes["y"], small.sizes["x"])
            tile = TileReader(small, size=self.engine.window).read(whole)
            features, _ = self.engine.encode(tile.pixels)
        with self._timed("mask"):
            self.states = {target: self._segment(features, tile.pixels, target) for target in self.targets}

    def _described(self, want: Want, measurement: Measurement) -> TargetEvidence:
        def on_text(text: str) -> None:
            if self.events.words is not None:
                self.events.words(want.target, text)

        segment = self.states.pop(want.target)
        text = self.engine.describe(segment, evidence_words(measurement), on_text=on_text, cancelled=self.events.is_cancelled)
        self.events.check()
        evidence = TargetEvidence.of(measurement, text, want, ask=self.request.ask)
        if evidence.explanation != text:
            on_text(evidence.explanation)
        return evidence

    def _on_grid(self, values: NDArray[Any], name: str, *, targets: Sequence[str] | None = None) -> xr.DataArray:
        """Layers (T, H, W), of what is wanted unless told, on the clipped scene's grid."""
        grid = self.view.clipped.isel(band=0, drop=True)
        place = {key: grid.coords[key] for key in ("y", "x", "spatial_ref") if key in grid.coords}
        coords = {"target": list(self.targets if targets is None else targets), **place}
        return xr.DataArray(values, dims=("target", "y", "x"), coords=coords, name=name)
