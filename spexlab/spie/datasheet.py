"""A set of samples for people: what is in it, where it comes from, what to mind.

After Gebru et al., Datasheets for Datasets (2021).
"""

from collections.abc import Mapping
from typing import Any

_HEADINGS = {
    "target": "Targets",
    "kind": "Kinds of instructions",
    "language": "Languages",
    "share": "Share of the picture that the mask covers",
    "size": "Pictures (width x height in pixels)",
    "sensor": "Sensors",
    "split": "Parts",
}


def write_datasheet(statistics: Mapping[str, Any], *, name: str) -> str:
    """Write Markdown from what `count_records` counted, and the settings beside it.

    Everything that comes from files is escaped: it can neither end a table's cell nor become markup.
    """
    settings = statistics.get("settings", {})
    lines = [
        f"# {escape(name)}: instruction-following samples",
        "",
        _COUNTS.format(**statistics),
        "",
        *_METHOD,
        "",
        "Settings: " + ", ".join(f"{escape(key)} {escape(value)}" for key, value in settings.items()) + ".",
    ]
    left_out = statistics.get("left_out") or {}
    if left_out:
        lines += ["", "Places left out: " + ", ".join(f"{count} {escape(reason)}" for reason, count in left_out.items()) + "."]
    for key, heading in _HEADINGS.items():
        lines += ["", f"## {heading}", "", *_table(("", "samples", "share"), _shares(statistics[key]))]
    lines += [
        "",
        "## Sources and licences",
        "",
        *_table(("source", "labels", "licence", "samples"), _sources(statistics["sources"])),
    ]
    lines += ["", "## Groups of each part", "", "A group is a spot on earth; none is in two parts.", ""]
    lines += [f"- {escape(part)}: {escape(', '.join(groups))}" for part, groups in statistics["groups"].items()]
    return "\n".join([*lines, "", *_CAVEATS, ""])


def escape(text: object) -> str:
    """Make text from a file harmless in Markdown."""
    plain = " ".join(str(text).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in "\\|`*_[]#":
        plain = plain.replace(sign, f"\\{sign}")
    return plain


_COUNTS = "{records} samples of {pictures} pictures from {places} places, made by `spexlab build-spie`."
_METHOD = (
    "Each sample is a picture, an everyday instruction, SPIE's question with the regions that a spectral index found, a mask from",
    "the label, and an answer written from label and measured evidence. Region attributes never come from the label.",
)
_CAVEATS = (
    "## To mind",
    "",
    "- Labels err: see the quality of each sample's label in its record. Water labels that the water index contradicts, and pixels",
    "  of plants that it calls wet, are marked unknown; nothing is to be learnt there.",
    '- "Largest" and "smallest" are asked for only where nearly the whole picture is labelled.',
    '- At pixels of 8 m and more "buildings" and "impervious" both mean built-up land.',
    "- The instructions are drawn from templates, not collected from people.",
)


def _table(header: tuple[str, ...], rows: list[tuple[object, ...]]) -> list[str]:
    lines = [header, tuple("---" for _ in header), *(tuple(escape(cell) for cell in row) for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _shares(counts: Mapping[str, int]) -> list[tuple[object, ...]]:
    total = sum(counts.values())
    return [(name, count, f"{100 * count / total:.1f} %") for name, count in counts.items()]


def _sources(sources: list[Mapping[str, Any]]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for one in sources:
        licence = "; ".join(f"{part}: {words}" for part, words in one["licence"].items())
        rows.append((one["source"] or "not stated", one["labels"] or "not stated", licence, one["records"]))
    return rows
