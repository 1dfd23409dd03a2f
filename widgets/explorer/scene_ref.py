"""A scene that was shown, so that it can be shown again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import xarray as xr

from widgets.explorer.scene_source import SceneSource


@dataclass(frozen=True)
class SceneRef:
    """What a scene is told by, and how to open it again."""

    source: SceneSource
    """How it was opened."""
    marks: dict[str, Any]
    """Title, date, shape, bands, radiometry and first corner; ready for JSON."""
    scene: xr.DataArray | None = field(default=None, compare=False, repr=False)
    """The scene itself, where nobody can open it again and the kernel still has it."""

    @classmethod
    def of(cls, scene: xr.DataArray, source: SceneSource) -> "SceneRef":
        """Refer to a scene (band, y, x)."""
        return cls(source, _marks(scene), None if source.reopens else scene)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "SceneRef":
        """Read what `to_json` gave.

        Raises
        ------
        KeyError, TypeError
            If it is no such record.
        """
        return cls(SceneSource.from_json(record["source"]), dict(record["marks"]))

    def to_json(self) -> dict[str, Any]:
        """Everything but the scene itself, in plain values."""
        return {"source": self.source.to_json(), "marks": self.marks}

    @property
    def title(self) -> str:
        """What the scene is called."""
        return str(self.marks.get("title", ""))

    @property
    def several(self) -> bool:
        """Whether it is of several dates."""
        return len(self.marks.get("shape", ())) > 3

    def means(self, scene: xr.DataArray) -> bool:
        """Whether this is the scene, as far as it can be told."""
        return self.marks == _marks(scene) if self.scene is None else self.scene is scene

    def open(self) -> xr.DataArray:
        """Open the scene.

        Raises
        ------
        ValueError
            If it cannot be opened again, or another scene stands in its place.
        OSError
            If its file is missing or cannot be read.
        """
        if self.scene is not None:
            return self.scene
        scene = self.source.open()
        changed = [name for name, value in _marks(scene).items() if value != self.marks.get(name)]
        if changed:
            raise ValueError(f"the scene must be {self.title!r} as it was, but its {', '.join(changed)} changed; open it anew.")
        return scene


def _marks(scene: xr.DataArray) -> dict[str, Any]:
    return {
        "title": str(scene.attrs.get("title", "")),
        "date": str(scene.attrs.get("date", "")),
        "shape": list(scene.shape),
        "bands": [str(name) for name in scene["band"].values],
        "wavelengths": [float(nm) for nm in scene["wavelength"].values],
        "pixel size": scene.attrs.get("pixel_size_m"),
        "radiometry": str(scene.attrs.get("radiometry", "")),
        "corner": [float(scene["x"][0]), float(scene["y"][0])],
    }
