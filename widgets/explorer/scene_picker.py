"""Another scene: the sample, a simulated one, a file, an upload, or what a search finds."""

from collections.abc import Callable

import ipywidgets as W

from spexlab.scene import Items
from spexlab.scene.sensors import SENSORS
from widgets.explorer.scene_source import LARGEST, NUMBERS, SceneSource
from widgets.explorer.search_panel import SearchPanel
from widgets.parts.news import News
from widgets.parts.style import button, dismiss, note, styled
from widgets.parts.upload import Upload

_KINDS = {"Sample": "sample", "Simulated": "simulated", "File": "file", "Upload": "upload", "Search": "search"}
_HINTS = {
    "sample": "A real Sentinel-2 scene of forest, fields and a pond. It has no coordinates.",
    "simulated": "A landscape drawn by a computer, as that sensor would see it. It is always marked as simulated.",
    "file": "A GeoTIFF or other raster where the kernel runs, or its address. Sensor and bands: only where it does not tell.",
    "upload": "A GeoTIFF from your computer, up to 1 GiB. One that lies where the kernel runs is opened sooner by its path.",
    "search": "",
}
READY = {
    "Forest, fields and a pond": (SceneSource("sample"), "Real, from Sentinel-2; without coordinates"),
    "Lake, town and farmland": (
        SceneSource("simulated", sensor="sentinel-2", seed=11, size=384),
        "Simulated, with coordinates: areas are in hectares",
    ),
}
"""Scenes that one click opens: how, and what they are."""
_UNTOLD = "Only where the file does not tell"
_NUMBERS = {
    "scale": ("Scale", "0.0000275", "Reflectance = number × scale + offset; one number, or one a band"),
    "offset": ("Offset", "-0.2", "Reflectance = number × scale + offset; one number, or one a band"),
    "nodata": ("No data", "0", "The number that stands for: nothing here"),
    "mask": (
        "Mask",
        "clouds.tif",
        "A raster that is not 0 where to leave pixels out; SCL, Fmask and QA_PIXEL are read by their codes",
    ),
    "pixel_size": ("Pixel size", "10", "Metres, where the file does not say where on Earth it lies"),
}


class ScenePicker(W.VBox):
    """Asks for a scene; whether it can be opened is for the app to find out."""

    def __init__(self) -> None:
        self.kind = styled(W.ToggleButtons(options=_KINDS, description="Which scene", tooltip="Where it comes from"), "spx-tabs")
        self.path = _field(W.Text(description="Path", placeholder="scene.tif"), "Path or address of a raster")
        self.sensor = _field(W.Dropdown(options=_sensors(), description="Sensor"), _UNTOLD)
        self.bands = _field(W.Text(description="Bands", placeholder="blue, green, red, nir"), _UNTOLD)
        self.numbers = {
            name: _field(W.Text(description=label, placeholder=placeholder), tip)
            for name, (label, placeholder, tip) in _NUMBERS.items()
        }
        said = W.Accordion([W.VBox(list(self.numbers.values()))], titles=("Numbers, if the file says them wrong",))
        sensors = W.Dropdown(options=list(SENSORS), value="sentinel-2", description="Sensor")
        self.simulated = _field(sensors, "Whose bands and pixel size to simulate")
        self.seed = _field(W.BoundedIntText(1, min=0, max=10**6, description="Seed"), "The same number gives the same scene")
        self.size = _field(W.BoundedIntText(512, min=64, max=LARGEST, step=64, description="Pixels a side"), "Width and height")
        self.message, self.search = News("spx-scene-status"), SearchPanel()
        self.upload = Upload("Choose a file …", hint="A GeoTIFF", accept=".tif,.tiff", say=self.say)
        self.forget()
        self.opener = button("Open scene", "spx-open", tip="Open it in place of the scene on the map")
        self.ready = {name: button(name, "spx-chip", tip=tip) for name, (_, tip) in READY.items()}
        self._hint = note()
        self._form = W.VBox()
        self._forms = {
            "sample": (),
            "simulated": (self.simulated, self.seed, self.size),
            "file": (self.path, self.sensor, self.bands, said),
            "upload": (self.upload, self.sensor, self.bands, said),
            "search": (self.search,),
        }
        self._ready = styled(W.HBox(list(self.ready.values())), "spx-chips", "spx-questions")
        super().__init__([self._ready, self.kind, self._form, self._hint, self.opener, self.message])
        styled(self, "spx-page")
        self.kind.observe(lambda _: self._show_form(), "value")
        self.upload.on_file(self._take)
        self._show_form()

    def say(self, kind: str, text: str) -> None:
        """Tell what becomes of the scene, where the person looks."""
        (self.search.message if self.kind.value == "search" else self.message).say(kind, text)

    @property
    def source(self) -> SceneSource:
        """What is chosen now."""
        kind = self.kind.value
        if kind == "simulated":
            return SceneSource(kind, sensor=self.simulated.value, seed=self.seed.value, size=self.size.value)
        if kind == "sample":
            return SceneSource(kind)
        path = self.path.value if kind == "file" else self._file[0]
        said = {name: self.numbers[name].value for name in NUMBERS}
        return SceneSource(kind, path=path, sensor=self.sensor.value, bands=self.bands.value, **said)

    @property
    def content(self) -> bytes | None:
        """What was uploaded; None where nothing was."""
        name, content = self._file
        return content if self.kind.value == "upload" and name else None

    def on_open(self, callback: Callable[[SceneSource, bytes | Items | None], object]) -> None:
        """Call back with the source, and with what was uploaded or found, when a scene is to be opened."""

        def opened(_: object) -> None:
            if self.kind.value == "upload" and self.content is None:
                self.say("error", "an upload needs a file, but none was chosen; choose one.")
            else:
                callback(self.source, self.content)

        self.opener.on_click(opened)
        self.search.on_open(callback)
        for name, chip in self.ready.items():
            chip.on_click(lambda _, source=READY[name][0]: callback(source, None))

    def close(self) -> None:
        """Take the picker off the page, with the forms that are not shown."""
        super().close()
        for form in self._forms.values():
            dismiss(*form)

    def forget(self) -> None:
        """Let go of what was uploaded: it may be large, and is a scene by now."""
        self._file: tuple[str, bytes] = "", b""

    def _take(self, name: str, content: bytes) -> None:
        self._file = name, content
        self.say("info", f"{name} ({len(content) / 1e6:.1f} MB) has arrived and can be opened.")

    def _show_form(self) -> None:
        kind = self.kind.value
        self.message.say("info", "")
        self._form.children = self._forms[kind]
        self._hint.value = _HINTS[kind]
        for other in (self._ready, self.opener):  # a search has what opens, and needs the room
            other.layout.display = "none" if kind == "search" else ""


def _sensors() -> list[tuple[str, str]]:
    return [("as the file says", ""), *((sensor.title, name) for name, sensor in SENSORS.items())]


def _field(widget: W.Widget, tip: str) -> W.Widget:
    widget.tooltip = tip
    return styled(widget, "spx-field")
