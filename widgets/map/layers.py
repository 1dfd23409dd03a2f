"""The layers of the map: which are shown, how strongly, in which colours, and two of them against each other."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import ipywidgets as W
import numpy as np
import traitlets as T
import xarray as xr

from spexlab.evidence.prior import spectral_index, spectral_prior
from widgets.map.layer_row import SCENE, TITLES, LayerRow
from widgets.map.look import Look
from widgets.map.mapview import MapView
from widgets.map.mask_colours import MaskColours
from widgets.map.overlay import STRETCH, composites, outline_overlay, scene_overlay, shows, thinned, values_overlay
from widgets.map.settings import SETTINGS, check_settings
from widgets.parts.indices import index_options
from widgets.parts.report import scale_html
from widgets.parts.style import styled
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.extraction import Extraction

BASEMAPS = {"none": "", "OpenStreetMap": "OpenStreetMap.Mapnik", "satellite": "Esri.WorldImagery", "topography": "OpenTopoMap"}
"""What may lie under a scene with coordinates; all but "none" come from the internet."""
INDEX_COLOURS, PROBABILITY_COLOURS = "viridis", "magma"


class Layers(W.VBox):
    """Everything that lies on the map but the drawn areas, behind a button on the map itself.

    Parameters
    ----------
    view : MapView
        Where it lies.
    """

    composite = T.Unicode(
        allow_none=True, default_value=None, help="How the scene is shown: what `widgets.map.overlay.shows` allows."
    )
    stretch = T.Tuple(T.Float(), T.Float(), default_value=STRETCH, help="Percentiles of a band that become black and full colour.")
    colours = T.Dict(help="Colours of masks that a person chose, by target: #rrggbb.")
    index = T.Unicode(allow_none=True, default_value=None, help="spyndex name of the index that the index layer shows.")
    target = T.Unicode(allow_none=True, default_value=None, help="Whose probability and prior are shown.")
    swiping = T.Bool(help="Whether two layers stand against each other, left and right of a line.")
    left = T.Unicode(SCENE, help="What is shown left of the line: scene, mask, probability, prior or index.")
    right = T.Unicode("mask", help="What is shown right of the line.")
    position = T.Float(0.5, min=0.0, max=1.0, help="Where the line stands, 0 the scene's left and 1 its right edge.")

    def __init__(self, view: MapView) -> None:
        self._view = view
        self.allows: Callable[[str], bool] = lambda _: True
        self._scene: xr.DataArray | None = None
        self._extraction: Extraction | None = None
        self._drawn: dict[str, Any] = {}
        self.look, self._mask_colours = Look(), MaskColours()
        opener = W.ToggleButton(description="Layers", tooltip="What lies on the map, and how the scene is shown")
        self.opener = styled(opener, "spx-plain")
        self._basemap = styled(
            W.Dropdown(options=BASEMAPS, description="Basemap", tooltip="Under the scene; fetched from the internet"), "spx-basemap"
        )
        self._indices = _dropdown("Which index", "Indices that the scene's bands allow", "spx-index")
        self._search = styled(
            W.Text(description="Search the indices", placeholder="search", tooltip="Name or meaning, such as water"), "spx-quiet"
        )
        self._targets = _dropdown("Of which target", "Whose probability and index prior are shown", "spx-target")
        self.rows = {
            "mask": LayerRow("mask", visible=True, legend=self._mask_colours),
            "probability": LayerRow("probability", self._targets),
            "prior": LayerRow("prior"),
            "index": LayerRow("index", self._indices, styled(self._search, "spx-search")),
        }
        body = styled(W.VBox([self.look, self._basemap, *self.rows.values(), self._swipe_row()]), "spx-layers-body")
        super().__init__([self.opener, body])
        styled(self, "spx-layers")
        self._connect()

    def set_scene(self, scene: xr.DataArray) -> None:
        """Show another scene, without results.

        Raises
        ------
        OSError
            If its pixels cannot be read; what is shown stays.
        """
        composite = self.composite if self.composite and shows(scene, self.composite) else composites(scene)[0]
        self._view.set_scene(scene, composite=composite, stretch=self.stretch)
        self._scene, self._drawn, self._extraction = None, {}, None
        self.allows = partial(shows, scene)
        self.look.offer(scene, keep=composite)
        self._search.value = ""
        _offer(self._indices, index_options(scene))
        self.rows["index"].check.disabled = not self._indices.options
        self.rows["index"].visible &= bool(self._indices.options)
        self._basemap.disabled, self._basemap.value = scene.rio.crs is None, ""
        self.rows["index"].legend.value = ""
        self._scene = scene
        self.set_result(None)

    def set_moment(self, scene: xr.DataArray) -> None:
        """Show another date of the scene: what lies on the map stays where it is, and is drawn of that date."""
        self._scene = scene
        self._show_scene()
        self._drawn.pop("index", None)
        self._apply()

    def set_result(self, extraction: "Extraction | None") -> None:
        """Offer the probability and the prior of a result; None while there is none."""
        self._extraction = extraction
        _offer(self._targets, extraction.targets if extraction else (), keep=self.target)
        self._targets.disabled = extraction is None
        for name in ("probability", "prior"):
            self.rows[name].check.disabled = extraction is None
            self._drawn.pop(name, None)
            if extraction is None:
                self._view.clear(name)
                self.rows[name].legend.value = ""
        self._mask_colours.offer(extraction.targets if extraction else ())
        self._apply()

    @property
    def settings(self) -> dict[str, Any]:
        """What is chosen, in plain values."""
        rows = {name: {"visible": row.visible, "opacity": row.opacity} for name, row in self.rows.items()}
        return {name: getattr(self, name) for name in SETTINGS} | {"rows": rows}

    @settings.setter
    def settings(self, chosen: Mapping[str, Any]) -> None:
        if self._scene is not None:
            check_settings(chosen, self._scene)
        for name in SETTINGS:
            setattr(self, name, chosen[name])
        for name, row in self.rows.items():
            row.visible, row.opacity = chosen["rows"][name]["visible"], chosen["rows"][name]["opacity"]

    def _swipe_row(self) -> W.HBox:
        self._swipe = styled(W.Checkbox(description="Swipe", indent=False, tooltip="Two layers against each other"), "spx-check")
        options = [("scene", SCENE), *((title.lower(), name) for name, title in TITLES.items())]
        self._left = _dropdown("Left of the line", "Shown left of the line", "spx-side", options=options)
        self._right = _dropdown("Right of the line", "Shown right of the line", "spx-side", options=options)
        slider = W.FloatSlider(
            description="Position of the line", min=0.0, max=1.0, step=0.005, readout=False, tooltip="Where the line stands"
        )
        self._line = styled(slider, "spx-quiet", "spx-line")
        return styled(W.HBox([self._swipe, self._left, self._line, self._right]), "spx-layer", "spx-swipe")

    def _connect(self) -> None:
        for trait in ("composite", "stretch"):
            T.link((self.look, trait), (self, trait))
        T.link((self, "colours"), (self._mask_colours, "colours"))
        for trait, widget in (
            ("index", self._indices),
            ("target", self._targets),
            ("swiping", self._swipe),
            ("left", self._left),
            ("right", self._right),
            ("position", self._line),
        ):
            T.link((self, trait), (widget, "value"))
        for row in self.rows.values():
            row.observe(lambda _: self._apply(), ["visible", "opacity"])
        self.observe(lambda _: self._apply(), ["index", "target", "swiping", "left", "right"])
        self.observe(lambda _: self._place_line(), "position")
        self.observe(lambda _: self._show_scene(), ["composite", "stretch"])
        self.observe(lambda _: self._paint(), "colours")
        self.opener.observe(lambda change: (self.add_class if change["new"] else self.remove_class)("spx-unfolded"), "value")
        self._search.observe(self._filter, "value")
        self._basemap.observe(lambda change: self._view.set_basemap(change["new"] or None), "value")

    def _show_scene(self) -> None:
        if self._scene is not None and self.composite is not None:
            self._view.lay("scene", scene_overlay(self._scene, composite=self.composite, stretch=self.stretch))

    def _paint(self) -> None:
        """Give the masks that are shown the colours that were chosen."""
        self._view.paint(self.colours)
        if self._extraction is not None:
            for target in self._extraction.targets:
                self._view.set_mask(target, self._extraction.mask.sel(target=target))

    def _filter(self, change: dict[str, Any]) -> None:
        """Offer the indices that hold the letters; the one that is shown stays if it does."""
        if self._scene is None:
            return
        found, before = index_options(self._scene, containing=change["new"]), self.index
        if found:
            _offer(self._indices, found, keep=before)

    def _apply(self) -> None:
        """Bring the map to what is chosen; what was not asked for is never computed."""
        if self._scene is None:
            return
        against = {self.left, self.right}
        for name, row in self.rows.items():
            shown = name in against if self.swiping else row.visible
            if shown:
                self._draw(name)
            self._view.fade(name, row.opacity if shown else 0.0)
        for widget in (self._left, self._right, self._line):
            widget.disabled = not self.swiping
        self._place_line()

    def _place_line(self) -> None:
        if self._scene is None or not self.swiping:
            self._view.stop_swipe()
            return
        sides: dict[str, Literal["left", "right"]] = {self.left: "left", self.right: "right"} if self.left != self.right else {}
        sides.pop(SCENE, None)
        self._view.swipe(self.position, sides)

    def _draw(self, name: str) -> None:
        """Paint a layer unless it is there already."""
        wanted = self.index if name == "index" else (id(self._extraction), self.target)
        draw = {"index": self._draw_index, "probability": self._draw_probability, "prior": self._draw_prior}.get(name)
        if draw is not None and self._drawn.get(name) != wanted:
            draw()
            self._drawn[name] = wanted

    def _draw_index(self) -> None:
        if self._scene is None or self.index is None:
            return
        legend = self.rows["index"].legend
        self._view.clear("index")
        with told(lambda _, text: setattr(legend, "value", escape(text))):  # a layer that fails leaves the others
            values = spectral_index(thinned(self._scene), self.index).compute()
            limits = _limits(values.values)
            self._view.lay("index", values_overlay(values, limits=limits, colours=INDEX_COLOURS))
            legend.value = scale_html(*limits, colours=INDEX_COLOURS)

    def _draw_probability(self) -> None:
        if self._extraction is None or self.target is None:
            return
        values = thinned(self._extraction.probability.sel(target=self.target))
        self._view.lay("probability", values_overlay(values, limits=(0.0, 1.0), colours=PROBABILITY_COLOURS))
        self.rows["probability"].legend.value = scale_html(0.0, 1.0, colours=PROBABILITY_COLOURS)

    def _draw_prior(self) -> None:
        if self._extraction is None or self.target is None:
            return
        scene = self._extraction.scene
        prior = spectral_prior(scene, self.target)
        legend = self.rows["prior"].legend
        if prior is None:
            self._view.clear("prior")
            legend.value = "needs an infrared band"
            return
        inside = prior.mask & np.isfinite(self._extraction.probability[0].values)
        self._view.lay("prior", outline_overlay(scene.isel(band=0, drop=True).copy(data=inside)))
        legend.value = f'<i class="spx-outline"></i>{prior.index} {"&gt;" if prior.sign > 0 else "&lt;"} {prior.threshold:.2f}'


def _dropdown(label: str, tip: str, name: str, *, options: Sequence[Any] = ()) -> W.Dropdown:
    return styled(W.Dropdown(options=options, description=label, tooltip=tip), "spx-quiet", name)


def _offer(chooser: W.ToggleButtons | W.Dropdown, options: Sequence[Any], *, keep: str | None = None) -> None:
    """Offer other options; `keep` stays chosen if it is among them, else the first one is."""
    values = [option[1] if isinstance(option, tuple) else option for option in options]
    chooser.options = options
    chooser.value = keep if keep in values else next(iter(values), None)


def _limits(values: np.ndarray) -> tuple[float, float]:
    """Where most values lie."""
    known = values[np.isfinite(values)]
    low, high = np.percentile(known, (2, 98)) if known.size else (0.0, 1.0)
    return float(low), float(high)
