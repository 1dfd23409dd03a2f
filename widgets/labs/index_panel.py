"""The panel of the IndexLab: target, index, side and threshold, with the histogram between them."""

from typing import Any, Literal

import ipywidgets as W
import xarray as xr

from spexlab.evidence.prior import recipes_for
from spexlab.extraction.tuning import TunedIndex
from spexlab.targets import TARGETS, IndexRecipe
from widgets.labs.index_report import NO_HISTOGRAM, formula_html, histogram_html, measurement_html, unmeasured_html
from widgets.parts.indices import index_options
from widgets.parts.news import News
from widgets.parts.style import button, styled

SIDES: dict[str, Literal[1, -1]] = {"above": 1, "below": -1}


class CutSlider(W.FloatSlider):
    """A slider whose ends can move with its value.

    The browser takes what a message says one by one: a value ahead of its step is rounded to the old one, and sent back.
    """

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  as ipywidgets has it
        """The state as ipywidgets sends it, the value last."""
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        return {name: state[name] for name in sorted(state, key="value".__eq__)}


class IndexPanel(W.VBox):
    """Every control of the IndexLab, labelled and reachable by keyboard.

    Parameters
    ----------
    news : News
        The lab's.
    """

    def __init__(self, news: News) -> None:
        self.target = _chooser("Target", "What the index shall find", "spx-target", options=list(TARGETS))
        self.index = _chooser("Index", "Indices that the scene's bands allow; the target's recipes first", "spx-index")
        self.formula, self.warning = W.HTML(), News("spx-unsure")
        self.side = styled(
            W.ToggleButtons(
                options=list(SIDES),
                description="The target lies",
                tooltips=["Above the threshold", "Below the threshold"],
                tooltip="Side of the threshold",
            ),
            "spx-composite",
        )
        self.histogram = styled(W.HTML(), "spx-hist")
        self.slider = styled(CutSlider(description="Threshold (slider)", readout=False, tooltip="Threshold"), "spx-cut")
        self.threshold = styled(W.FloatText(description="Threshold", tooltip="Threshold, as a number"), "spx-number")
        self.recipe = button("Recipe", "spx-plain", tip="The threshold that spexlab gives the model")
        self.otsu = button(
            "Otsu", "spx-plain", tip="The threshold that separates this area's two groups of values best (Otsu 1979)"
        )
        self.figures = styled(W.HTML(), "spx-measured")
        what, cut = (
            styled(W.HBox([self.target, self.index]), "spx-what"),
            styled(W.VBox([self.histogram, self.slider]), "spx-slice"),
        )
        self.recipe.add_class("spx-recipe"), self.otsu.add_class("spx-otsu")
        where = styled(W.HBox([self.side, self.threshold, self.recipe, self.otsu]), "spx-view", "spx-where-cut")
        super().__init__(
            [what, self.formula, self.warning, cut, where, news, self.figures],
            layout=W.Layout(flex="1 1 340px", min_width="280px"),
        )
        styled(self, "spx-panel")

    def offer(self, scene: xr.DataArray, target: str) -> None:
        """Offer the indices that the bands allow, the target's recipes first and the first of them chosen."""
        recipes = [recipe.name for recipe in recipes_for(scene, target)]
        labels = {name: label for label, name in index_options(scene)}
        first = [(f"★ {labels[name]}", name) for name in recipes]
        self.index.options = first + [(label, name) for name, label in labels.items() if name not in recipes]
        self.index.index = 0

    def show(self, scene: xr.DataArray, tuned: TunedIndex, recipe: IndexRecipe | None) -> None:
        """Show what was found."""
        self.histogram.value = histogram_html(tuned)
        self.formula.value = formula_html(scene, tuned.prior.index)
        self.figures.value = measurement_html(tuned.measurement, name=self._name(tuned.prior.target))
        self._offer_threshold(recipe)
        self._place(tuned)
        self.slider.disabled = False

    def clear(self, scene: xr.DataArray, target: str, index: str, *, recipe: IndexRecipe | None) -> None:
        """Show that nothing could be found."""
        self.histogram.value, self.formula.value = NO_HISTOGRAM, formula_html(scene, index)
        self.figures.value = unmeasured_html(index, name=self._name(target))
        self._offer_threshold(recipe)
        self.slider.disabled = True

    def warn(self, text: str) -> None:
        """Show what the figures cannot claim, or nothing."""
        self.warning.say("warning", text)
        self.warning.layout.display = None if text else "none"

    def _name(self, target: str) -> str:
        """What marked pixels are called: the target's name only where an index is known to find it."""
        return target if self.warning.layout.display == "none" else "marked"

    def _offer_threshold(self, recipe: IndexRecipe | None) -> None:
        self.recipe.disabled = recipe is None
        self.recipe.description = "Recipe" if recipe is None else f"Recipe {recipe.threshold:g}"

    def _place(self, tuned: TunedIndex) -> None:
        """Give the slider the histogram's ends. Where they stay, it is left alone: a hand may have moved it on meanwhile."""
        slider, (low, high), cut = self.slider, tuned.span, tuned.prior.threshold
        if (slider.min, slider.max) == (low, high):
            return
        # In one message: told of a new end alone, the browser would move the value there and send it back.
        with slider.hold_sync(), slider.hold_trait_notifications():
            slider.min, slider.max, slider.step, slider.value = low, high, tuned.step, cut

    def cut(self, threshold: float) -> None:
        """Move the slider to a threshold, or as near to it as its ends allow."""
        if not self.shows(threshold):
            self.slider.value = min(max(threshold, self.slider.min), self.slider.max)

    def shows(self, threshold: float) -> bool:
        """Whether the slider stands where this threshold puts it."""
        nearest = min(max(threshold, self.slider.min), self.slider.max)
        return bool(abs(self.slider.value - nearest) < self.slider.step / 2)


def _chooser(label: str, tip: str, name: str, *, options: list[str] | None = None) -> W.Dropdown:
    return styled(W.Dropdown(options=options or [], description=label, tooltip=tip), "spx-above", name)
