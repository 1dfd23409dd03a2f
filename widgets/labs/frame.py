"""What the labs share: their style sheets and the head that says which scene is looked at."""

from importlib.resources import files

import ipywidgets as W
import xarray as xr

from widgets.parts.report import scene_html
from widgets.parts.style import styled

_SHEETS = {"widgets.parts": "style.css", "widgets.labs": "labs.css"}


def sheets() -> W.HTML:
    """The style sheets, as a widget: they travel to wherever the app is shown."""
    text = "\n".join(files(room).joinpath(name).read_text(encoding="utf-8") for room, name in _SHEETS.items())
    return W.HTML(f"<style>{text}</style>", layout=W.Layout(display="none"))


def head(scene: xr.DataArray) -> W.HTML:
    """Title, facts and radiometry of a scene."""
    height, width = scene.shape[-2:]
    return styled(W.HTML(scene_html(scene.attrs, height=height, width=width)), "spx-head")


def card(title: str, *content: W.Widget, name: str) -> W.VBox:
    """A framed part of an app with a heading."""
    heading = styled(W.HTML(f"<h3>{title}</h3>"), "spx-card-title")
    return styled(W.VBox([heading, *content]), "spx-panel", "spx-card", name)
