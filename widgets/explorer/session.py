"""A session in one JSON file: how to open the scene, the area, the settings, and what was asked with the results' provenance."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spexlab
from widgets.explorer.history import Entry
from widgets.explorer.scene_ref import SceneRef

FORMAT = "spexlab session 4"


@dataclass(frozen=True)
class Session:
    """What can be taken up again after a kernel has ended."""

    scene: SceneRef
    """What is on the map."""
    instruction: str
    """What stands in the instruction box."""
    area: dict[str, Any] | None
    """GeoJSON of the drawn area; None is the whole scene."""
    settings: dict[str, Any]
    """Composite, index, opacities and the like, by trait."""
    history: tuple[Entry, ...]
    """What was asked, from the oldest to the newest; without the masks."""

    def save(self, path: str | Path) -> Path:
        """Write the session.

        Raises
        ------
        OSError
            If the file cannot be written; nothing is left behind.
        """
        record = {
            "format": FORMAT,
            "version": spexlab.__version__,
            "scene": self.scene.to_json(),
            "instruction": self.instruction,
            "area": self.area,
            "settings": self.settings,
            "history": [entry.to_json() for entry in self.history],
        }
        from spexlab.scene.outputs import replacing

        with replacing(path) as temporary:
            temporary.write_text(json.dumps(record, indent=1, allow_nan=False), encoding="utf-8")
        return Path(path).expanduser().resolve()

    @classmethod
    def load(cls, path: str | Path) -> "Session":
        """Read a session.

        Raises
        ------
        ValueError
            If the file holds no session.
        OSError
            If it cannot be read.
        """
        try:
            text = Path(path).expanduser().read_text(encoding="utf-8")
        except OSError as error:
            raise type(error)(f"cannot read the session {str(path)!r}: {error.strerror or error}; check the name.") from error
        return cls.parse(text, name=str(path))

    @classmethod
    def parse(cls, text: str | bytes, *, name: str) -> "Session":
        """Read what a session's file of this name holds.

        Raises
        ------
        ValueError
            If it is no session.
        """
        try:
            return cls._from_json(json.loads(text))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{name!r} must hold a session that the Explorer saved, but it does not ({error}); choose another file."
            ) from error

    @classmethod
    def _from_json(cls, record: Mapping[str, Any]) -> "Session":
        if record["format"] != FORMAT:
            raise ValueError(f"its format is {record['format']!r}, not {FORMAT!r}")
        if not isinstance(record["instruction"], str) or not isinstance(record["area"], dict | None):
            raise TypeError("its instruction must be text, and its area GeoJSON or null")
        return cls(
            scene=SceneRef.from_json(record["scene"]),
            instruction=record["instruction"],
            area=record["area"],
            settings=dict(record["settings"]),
            history=tuple(Entry.from_json(entry) for entry in record["history"]),
        )
