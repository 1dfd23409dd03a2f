"""Files of a result: what to write, where, and what was written."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as W

from widgets.parts.download import Download
from widgets.parts.folder import file_at, where_words
from widgets.parts.news import News
from widgets.parts.style import button, dismiss, note, styled
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.extraction import Extraction

FILES: dict[str, tuple[str, str, str]] = {
    "Mask": ("-mask.tif", "to_cog", "Cloud-optimised GeoTIFF, one band a target"),
    "Probability": ("-probability.tif", "probability_to_cog", "Cloud-optimised GeoTIFF of 0-1, one band a target"),
    "Classes": ("-classes.tif", "classes_to_cog", "Cloud-optimised GeoTIFF, all targets in one band with its colours"),
    "NetCDF": (".nc", "to_netcdf", "Masks and probabilities for xarray"),
    "GeoParquet": (".parquet", "to_geoparquet", "Regions with their measures"),
    "GeoPackage": (".gpkg", "to_geopackage", "Regions with their measures, for QGIS and ArcGIS"),
    "GeoJSON": (".geojson", "to_geojson", "Regions in longitude and latitude"),
    "Figure": (".png", "to_png", "Scene, masks, probability and words"),
}
"""Button -> end of the file's name, method of Extraction that writes it, and what it is."""
_FOLDER = "A folder that exists where the notebook's kernel runs; a file of the same name is replaced"


class ExportsPanel(W.VBox):
    """Writes the result that is shown; figures in `colours`, target -> "#rrggbb", those of the map where a person chose others."""

    def __init__(self) -> None:
        self.folder = _field("Folder", ".", tip=_FOLDER)
        self.name = _field("Name", "spexlab", tip="What the files' names begin with")
        self.buttons = {title: button(title, "spx-export", tip=tip, disabled=True) for title, (_, _, tip) in FILES.items()}
        self.message = News("spx-export-status")
        self.downloads = {title: Download(self.message.say) for title in FILES}
        self._written = styled(W.HBox(), "spx-chips")
        buttons = styled(W.HBox(list(self.buttons.values())), "spx-chips")
        super().__init__([self.folder, self.name, buttons, self.message, self._written, note(where_words())])
        styled(self, "spx-group")
        self.colours: dict[str, str] = {}
        self._extraction: Extraction | None = None
        for title, pressed in self.buttons.items():
            pressed.on_click(self._writer(title))

    def show(self, extraction: "Extraction | None") -> None:
        """Offer the files of a result; none for None."""
        instruction = None if extraction is None else str(extraction.provenance["instruction"])
        if instruction is not None and self._extraction is None:  # what is cut elsewhere keeps the name that was typed for it
            self.name.value = _file_name(instruction)
        self._extraction = extraction
        for title in FILES:
            self._offer(title, None)
        self.message.say("info", "")
        for pressed in self.buttons.values():
            pressed.disabled = extraction is None

    def write(self, title: str) -> Path:
        """Write one of `FILES`, and return its path.

        Raises
        ------
        ValueError
            If there is no result yet, the name is empty, or leads out of the app's own folder.
        OSError
            If the file cannot be written; nothing is left behind.
        """
        if self._extraction is None:
            raise ValueError("there is nothing to write yet; run an instruction first.")
        if not self.name.value.strip():
            raise ValueError("a file needs a name, but the field is empty; type one.")
        ending, method, _ = FILES[title]
        options = {"colours": self.colours} if title == "Figure" else {}
        path = file_at(Path(self.folder.value) / f"{self.name.value.strip()}{ending}")
        written: Path = getattr(self._extraction, method)(path, **options)
        return written.resolve()

    def _writer(self, title: str) -> Callable[[object], None]:
        def write(_: object) -> None:
            self.message.say("info", f"Writing {title} …")
            self._offer(title, None)
            with told(self.message.say):
                path = self.write(title)
                self.message.say("done", f"{title} written to {path} ({_size(path)}).")
                self._offer(title, path)

        return write

    def _offer(self, title: str, path: Path | None) -> None:
        """Offer a file that was written beside the others of this result; None takes the offer back."""
        self.downloads[title].offer(path)
        self._written.children = [one for one in self.downloads.values() if one.name]

    def close(self) -> None:
        """Take the panel off the page, with the offers that are not shown."""
        super().close()
        dismiss(*self.downloads.values())


def _field(title: str, value: str, *, tip: str) -> W.Text:
    return styled(W.Text(description=title, value=value, tooltip=tip, continuous_update=False), "spx-field")


def _file_name(instruction: str) -> str:
    """Letters and digits of an instruction, for a file's name.

    >>> _file_name("Where are the trees?")
    'where-are-the-trees'
    """
    return re.sub(r"\W+", "-", instruction.lower()).strip("-")[:40].strip("-") or "spexlab"


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"
