"""Panels of which one is shown: a row of buttons and a stack."""

from collections.abc import Mapping

import ipywidgets as W
import traitlets as T

from widgets.parts.style import styled


class Tabs(W.VBox):
    """Panels under their names, in one place of one size; plain buttons, so that the keyboard reaches them.

    Parameters
    ----------
    panels : mapping
        Name -> widget, in the order of the buttons.
    label : str
        What the panels are, for screen readers.
    """

    selected = T.Unicode(help="Name of the panel that is shown.")

    def __init__(self, panels: Mapping[str, W.Widget], *, label: str) -> None:
        names = list(panels)
        self._names = styled(W.ToggleButtons(options=names, description=label, tooltip=label), "spx-tabs")
        self._stack = styled(W.Stack(list(panels.values()), selected_index=0, layout=W.Layout(flex="1 1 0")), "spx-stack")
        super().__init__([self._names, self._stack], layout=W.Layout(flex="1 1 0", min_height="0"))
        T.link((self._names, "value"), (self, "selected"))
        self.observe(lambda change: setattr(self._stack, "selected_index", names.index(change["new"])), "selected")
