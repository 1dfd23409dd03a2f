"""The colours of masks: each target's own, unless a person chose another."""

from collections.abc import Mapping

from spexlab.targets import COLOURS


def shown_colour(target: str) -> str:
    """What the style sheet takes for a target: the colour that was chosen in this app, or the target's own."""
    return f"var({_variable(target)}, {COLOURS[target]})"


def colour_rules(chosen: Mapping[str, str], *, holder: str) -> str:
    """Style rules that give the app that holds an element of class `holder` these colours, target -> "#rrggbb"."""
    values = " ".join(f"{_variable(target)}: {colour};" for target, colour in chosen.items())
    return f".spx-app:has(.{holder}) {{ {values} }}" if values else ""


def _variable(target: str) -> str:
    return f"--spx-colour-{target.replace(' ', '-')}"
