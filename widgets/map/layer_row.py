"""One line of the layers: which is shown, how strongly, in which colours."""

import ipywidgets as W
import traitlets as T

from widgets.parts.style import styled

SCENE = "scene"
"""What a swipe calls the scene itself."""
TITLES = {"mask": "Mask", "probability": "Probability", "prior": "Index prior", "index": "Index"}
_HINTS = {
    "mask": "What the model found",
    "probability": "How sure the model is of each pixel",
    "prior": "What the spectral index alone would find",
    "index": "A spectral index over the whole scene",
}


class LayerRow(W.HBox):
    """One layer: a check box, what it shows, its opacity and its legend."""

    visible = T.Bool(help="Whether the layer is shown.")
    opacity = T.Float(0.8, min=0.0, max=1.0, help="Opacity of the layer, 0-1.")

    def __init__(self, name: str, *choosers: W.Widget, visible: bool = False, legend: W.Widget | None = None) -> None:
        title = TITLES[name]
        self.check = W.Checkbox(description=title, indent=False, tooltip=_HINTS[name])
        self.slider = W.FloatSlider(
            description=f"{title} opacity", min=0.0, max=1.0, step=0.05, readout=False, tooltip=f"Opacity of the {title.lower()}"
        )
        self.legend = styled(legend or W.HTML(), "spx-scale")
        super().__init__([styled(self.check, "spx-check"), *choosers, styled(self.slider, "spx-quiet", "spx-fade"), self.legend])
        styled(self, "spx-layer", f"spx-layer-{name}")
        T.link((self, "visible"), (self.check, "value"))
        T.link((self, "opacity"), (self.slider, "value"))
        self.visible = visible
