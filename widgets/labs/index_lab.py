"""IndexLab: choose an index, move its threshold, and read the words of SPIE that the mask becomes."""

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import ipywidgets as W
import traitlets as T
import xarray as xr

import spexlab
from spexlab.evidence.prior import available_indices, recipes_for
from spexlab.extraction.tuning import TunedIndex, tune_index
from spexlab.scene import check_scene
from spexlab.targets import COLOURS, TARGETS, IndexRecipe
from widgets.labs.index_panel import SIDES, IndexPanel
from widgets.labs.index_report import NOTHING, regions_html, unsure_text, words_html
from widgets.map.area_map import AreaMap
from widgets.map.overlay import mask_overlay
from widgets.map.region_marks import regions_overlay
from widgets.parts.app import WorkingApp
from widgets.parts.head import Head
from widgets.parts.job import Stopped
from widgets.parts.style import card, styled
from widgets.parts.trouble import told

_LESSON = (
    "Beside the pixels and the index itself, this text is what SPEX is given. <code>extract</code> writes it anew for each window "
    "that it reads, from the recipe's index and threshold. Hover a region here or in the table to find it in both."
)
_NOT_SAID = "SPEX is not given this text: without a recipe, <code>extract</code> names no index and no region."


@dataclass(frozen=True)
class _Question:
    """What is looked for, and how."""

    target: str
    index: str
    threshold: Literal["fixed", "otsu"] | float
    sign: Literal[1, -1]
    area: dict[str, Any] | None


class IndexLab(WorkingApp):
    """A spectral index, a threshold, and the words that they become.

    Its state is its traits: set them, and the lab follows; `wait` until it has. `tuned` is what
    `spexlab.extraction.tuning.tune_index`, the same without widgets, returns.

    Parameters
    ----------
    scene : xr.DataArray, optional
        What `spexlab.open_scene` returns; the sample scene unless given.
    target : str
        One of `spexlab.targets.TARGETS`.

    Raises
    ------
    ValueError
        If `scene` is no scene, or its bands allow no index at all.

    Examples
    --------
    >>> lab = IndexLab(target="trees")
    >>> lab.threshold = 0.5
    >>> lab.wait(), round(lab.tuned.measurement.share, 2)
    (True, 0.43)
    """

    target = T.Enum(tuple(TARGETS), default_value="vegetation", help="What the index shall find.")
    index = T.Unicode(help="spyndex name of the index.")
    threshold = T.Float(help="Where the index is cut.")
    side = T.Enum(tuple(SIDES), default_value="above", help="On which side of the threshold the target lies.")
    area = T.Dict(allow_none=True, default_value=None, help="GeoJSON of the drawn area; None is the whole scene.")
    warning = T.Unicode(help="Why the index may not find the target, as plain text; empty where it is known to.")
    tuned = T.Any(None, help="What is shown, a `spexlab.extraction.tuning.TunedIndex`; None where nothing can be.")

    def __init__(self, scene: xr.DataArray | None = None, *, target: str = "vegetation") -> None:
        self.scene = check_scene(spexlab.sample_scene() if scene is None else scene)
        if not available_indices(self.scene):
            raise ValueError(
                "the bands of this scene allow no spectral index; give a scene with red and near infrared, for example"
            )
        super().__init__("spx-index-lab")
        self._map, self._panel = AreaMap(self.scene, pane="mask"), IndexPanel(self._news)
        self._regions, self._words, self._lesson = styled(W.HTML(), "spx-scroll"), W.HTML(), W.HTML()
        self._asked: _Question | None = None
        self._shown: _Question | None = None
        body = styled(W.Box([self._map, self._panel], layout=W.Layout(flex_flow="row wrap", width="100%")), "spx-body")
        words = card("The words of SPIE that they become", self._words, self._lesson, name="spx-spie-card")
        found = card("Regions of the mask", self._regions, name="spx-regions-card")
        self._furnish(Head(self.scene), body, found, words)
        self.target = target
        self._panel.offer(self.scene, target)
        self.index = self._panel.index.value
        self._connect()
        self._change_index({})

    def use_recipe(self) -> None:
        """Take the threshold and the side that spexlab gives the model; nothing happens if it has none for this index."""
        recipe = self._recipe()
        if recipe is not None:
            self._ask(self._question(threshold="fixed", sign=recipe.sign))

    def use_otsu(self) -> None:
        """Take the threshold that separates this area's values best."""
        self._ask(self._question(threshold="otsu"))

    def _connect(self) -> None:
        panel = self._panel
        for name in ("target", "index", "side"):
            T.link((self, name), (getattr(panel, name), "value"))
        T.link((self, "threshold"), (panel.threshold, "value"))
        T.link((self, "area"), (self._map, "area"))
        panel.slider.observe(self._slid, "value")
        self.observe(lambda change: panel.cut(change["new"]), "threshold")
        panel.recipe.on_click(lambda _: self.use_recipe())
        panel.otsu.on_click(lambda _: self.use_otsu())
        self.observe(lambda _: self._warn(), ["target", "index"])
        self._warn()
        self.observe(self._start_over, ["target"])
        self.observe(self._change_index, ["index"])
        self.observe(lambda _: self._ask(self._question()), ["threshold", "side"])
        self.observe(self._move, ["area"])

    def _start_over(self, _: dict[str, Any]) -> None:
        """Another target: its preferred index, at the recipe's threshold."""
        before = self.index
        self._panel.offer(self.scene, self.target)
        if self.index == before:
            self._change_index({})

    def _change_index(self, _: dict[str, Any]) -> None:
        """Another index: at its recipe's threshold, or Otsu's where there is no recipe."""
        if self._recipe() is None:
            self.use_otsu()
        else:
            self.use_recipe()

    def _move(self, _: dict[str, Any]) -> None:
        """Another area: the same question, also where it had no answer."""
        asked = self._asked if self._shown is None else None
        self._ask(self._question() if asked is None else replace(asked, area=self.area))

    def _slid(self, change: dict[str, Any]) -> None:
        # The slider is also moved by the lab itself, to the threshold that was asked for.
        if self.tuned is not None and not self._panel.shows(self.threshold):
            self.threshold = _rounded(change["new"], self.tuned.step)

    def _recipe(self) -> IndexRecipe | None:
        return next((recipe for recipe in recipes_for(self.scene, self.target) if recipe.name == self.index), None)

    def _question(self, **changes: Any) -> _Question:
        asked = _Question(self.target, self.index, self.threshold, SIDES[self.side], self.area)
        return replace(asked, **changes)

    def _ask(self, question: _Question) -> None:
        if question != self._asked:
            self._asked = question
            self._restart(partial(self._work, question))

    def _work(self, asked: _Question, overtaken: Stopped) -> None:
        """Answer in the job's thread, unless a newer question has overtaken this one."""
        with told(lambda _, problem: self._fail(problem, asked)):
            tuned = self._answer(asked)
            if not overtaken():
                self._show(tuned, asked)

    def _answer(self, asked: _Question) -> TunedIndex:
        tuned = tune_index(self.scene, asked.target, index=asked.index, threshold=asked.threshold, sign=asked.sign, area=asked.area)
        if asked.threshold != "otsu":
            return tuned
        # Cut where the panel says, to the digit.
        cut = _rounded(tuned.prior.threshold, tuned.step)
        return tune_index(self.scene, asked.target, index=asked.index, threshold=cut, sign=asked.sign, area=asked.area)

    def _show(self, tuned: TunedIndex, asked: _Question) -> None:
        self.tuned = tuned
        self._shown = replace(asked, threshold=tuned.prior.threshold, sign=tuned.prior.sign)
        # In one message, see `CutSlider`.
        with self._panel.slider.hold_sync():
            if isinstance(asked.threshold, str):
                self._take_over(tuned, asked)
            self._panel.show(self.scene, tuned, self._recipe())
        overlay = mask_overlay(tuned.mask, colour=COLOURS[asked.target])
        self._map.view.lay("mask", overlay)
        self._map.view.lay("highlight", regions_overlay(tuned.mask, tuned.regions, bounds=overlay.bounds))
        self._regions.value, self._words.value = regions_html(tuned), words_html(tuned.question)
        self._say("info", "")

    def _take_over(self, tuned: TunedIndex, asked: _Question) -> None:
        """Show the threshold that was found; as it is what is shown already, nothing is asked anew."""
        self._asked = replace(asked, threshold=tuned.prior.threshold)
        with self.hold_trait_notifications():
            self.threshold = tuned.prior.threshold
            self.side = next(side for side, sign in SIDES.items() if sign == tuned.prior.sign)

    def _fail(self, problem: str, asked: _Question) -> None:
        """Say what went wrong; what is shown stays only where it is about the same pixels, as after an Otsu that finds nothing."""
        shown = self._shown
        found_none = isinstance(asked.threshold, str) and shown is not None and replace(asked, threshold=shown.threshold) == shown
        if not found_none:
            self._clear(asked)
        self._say("error", problem)

    def _clear(self, asked: _Question) -> None:
        self.tuned = self._shown = None
        self._panel.clear(self.scene, asked.target, asked.index, recipe=self._recipe())
        for pane in ("mask", "highlight"):
            self._map.view.clear(pane)
        self._regions.value = self._words.value = NOTHING

    def _warn(self) -> None:
        """Say what the index on show is known to find."""
        self.warning = unsure_text(self.scene, self.target, self.index)
        self._panel.warn(self.warning)
        self._lesson.value = f'<p class="spx-note">{_NOT_SAID if self.warning else _LESSON}</p>'


def _rounded(value: float, step: float) -> float:
    """A threshold with a digit more than the slider's step has."""
    return round(value, 1 - math.floor(math.log10(step)))
