"""A file that says what is there in truth: chosen, and told what in it stands for the target."""

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as W

from spexlab.places.references import FILES, LabelRaster, LabelShapes, Meaning, Reference, proposed, read_reference
from widgets.parts.folder import file_at
from widgets.parts.style import dismiss, note, styled
from widgets.parts.upload import Upload

if TYPE_CHECKING:
    import xarray as xr

    from spexlab.evaluation.assessment import Judged
    from spexlab.extraction import Extraction

Read = Callable[[], None]
_SHOWN = 12
"""Values that are listed; the others can be typed all the same."""
_HINT = "A raster of labels, or points or polygons with a column that says what is there: GeoTIFF, GeoJSON, GeoPackage or CSV."
_POLYGONS = {"all of the target that there is": True, "samples, each counted once": False}


class ReferenceFile(W.VBox):
    """Asks for a file, and shows what of it is taken for the target.

    Parameters
    ----------
    say : callable
        Called with ("error", text) if a file is not taken.
    """

    def __init__(self, say: Callable[[str, str], object]) -> None:
        path = W.Text(description="Path", placeholder="labels.tif", continuous_update=False)
        self.path = _field(path, "A file where the kernel runs")
        self.upload = Upload("Choose a file …", hint=", ".join(FILES), accept=",".join(FILES), say=say)
        self.about = note(_HINT)
        self.column = _field(W.Dropdown(description="Column"), "The column that says what is there")
        self.yes = _field(W.Text(continuous_update=False), "Values that are the target, with commas between them")
        unknown = W.Text(description="Not known", continuous_update=False)
        self.unknown = _field(unknown, "Values that say nothing: unlabelled, cloud")
        polygons = W.Dropdown(options=_POLYGONS, description="Polygons are")
        self.polygons = _field(polygons, "Whether what lies outside them is known, too")
        self._fields = W.VBox()
        super().__init__([styled(W.HBox([self.path, self.upload]), "spx-pick"), self.about, self._fields])
        styled(self, "spx-group")
        self.reference: Reference | None = None
        self._name, self._target, self._asking = "", "", False
        self._changed: Callable[[], object] = lambda: None
        for field in (self.column, self.yes, self.unknown, self.polygons):
            field.observe(lambda change: self._heed(column=change["owner"] is self.column), "value")

    def on_file(self, callback: Callable[[Read], object]) -> None:
        """Call back with what reads a file, when one was chosen; it may take a while."""
        self.upload.on_file(lambda name, content: callback(lambda: self._read(name, content)))

        def typed(change: dict[str, Any]) -> None:
            if name := change["new"].strip():
                callback(lambda: self._read(name))

        self.path.observe(typed, "value")

    def on_change(self, callback: Callable[[], object]) -> None:
        """Call back when something else stands for the target."""
        self._changed = callback

    def ask_for(self, target: str) -> None:
        """Take the file to be about this target; what stands for it is proposed where that can be told."""
        if target != self._target:
            self._target = target
            self._propose()

    def judge(self, extraction: "Extraction", scene: "xr.DataArray") -> "Judged | None":
        """Judge an answer by the file; None while there is none.

        Raises
        ------
        ValueError
            If the file does not fit the scene, or it is not said what stands for the target.
        """
        if self.reference is None:
            return None
        from spexlab.evaluation.assessment import judge

        return judge(extraction, self.reference, target=self._target, meaning=self.meaning, scene=scene)

    def close(self) -> None:
        """Take it off the page, with the fields that are not shown."""
        super().close()
        dismiss(self.column, self.yes, self.unknown, self.polygons)

    @property
    def meaning(self) -> Meaning:
        """What the fields say."""
        column = self.column.value or "" if isinstance(self.reference, LabelShapes) else ""
        complete = self._has_polygons and bool(self.polygons.value)
        return Meaning(column, _values(self.yes.value), _values(self.unknown.value), complete)

    @property
    def _has_polygons(self) -> bool:
        return isinstance(self.reference, LabelShapes) and not self.reference.pointlike

    def _read(self, name: str, content: bytes | None = None) -> None:
        """Read a file, in a thread of its own; one that is none leaves the last one."""
        before = self.reference, self._name
        self.reference, self._name = read_reference(file_at(name) if content is None else name, content=content), name
        try:
            self._propose()
        except ValueError:
            self.reference, self._name = before
            raise

    def _propose(self) -> None:
        if self.reference is not None and self._target:
            meaning = proposed(self.reference, self._target)
            self._show(meaning)

    def _show(self, meaning: Meaning) -> None:
        """Write what stands for the target into the fields, where it can be changed."""
        self._asking = True
        try:
            if isinstance(self.reference, LabelShapes):
                none = [] if self.reference.pointlike else [(f"none: all of them are {self._target}", "")]
                self.column.options = [*none, *((name, name) for name in self.reference.columns)]
                self.column.value = meaning.column or (None if self.reference.pointlike else "")
            self.yes.description = f"Is {self._target}"
            self.yes.value, self.unknown.value = ", ".join(meaning.yes), ", ".join(meaning.unknown)
            self.polygons.value = meaning.complete
        finally:
            self._asking = False
        self._arrange()

    def _arrange(self) -> None:
        shapes = isinstance(self.reference, LabelShapes)
        told = [self.yes, self.unknown] if not shapes or self.column.value else []
        self._fields.children = [*([self.column] if shapes else []), *told, *([self.polygons] if self._has_polygons else [])]
        self.about.value = escape(self._describe())

    def _describe(self) -> str:
        if isinstance(self.reference, LabelRaster):
            return f"{self._name}: a raster that holds {_listed(self.reference.about(self._target).kinds)}."
        if self.reference is None:
            return _HINT
        kind = "points" if self.reference.pointlike else "polygons"
        holds = f", {self.column.value}: {_listed(self.reference.kinds(self.column.value))}" if self.column.value else ""
        return f"{self._name}: {len(self.reference.frame):,} {kind}{holds}."

    def _heed(self, *, column: bool) -> None:
        """Heed what a person changed; another column may well say by itself what stands for the target."""
        if self._asking:
            return
        if column and isinstance(self.reference, LabelShapes):
            frame = self.reference.frame
            named = frame[[self.column.value, frame.geometry.name]] if self.column.value else frame[[frame.geometry.name]]
            self._show(replace(proposed(LabelShapes(named), self._target), column=self.column.value or ""))
        self._changed()


def _values(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))


def _listed(kinds: list[str]) -> str:
    return ", ".join(kinds[:_SHOWN]) + (f" and {len(kinds) - _SHOWN} more" if len(kinds) > _SHOWN else "")


def _field(widget: W.Widget, tip: str) -> W.Widget:
    widget.tooltip = tip
    return styled(widget, "spx-field")
