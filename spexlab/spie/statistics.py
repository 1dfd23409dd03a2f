"""Counts over the records of a set."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

_CHINESE = re.compile("[\u4e00-\u9fff]")
_SHARES = ((0.0, "empty"), (0.01, "under 1 %"), (0.1, "1 to 10 %"), (0.5, "10 to 50 %"), (1.01, "50 % and more"))


def count_records(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Count a set's records.

    Parameters
    ----------
    records
        As `spexlab.spie.layout` writes them, with our fields.

    Returns
    -------
    dict
        ``records``, ``pictures``, ``places``; counts by ``target``, ``kind``, ``language``, ``share`` of the mask, ``size``,
        ``sensor`` and ``split``; ``sources`` with licences and records; ``groups`` of each split; plain values.
    """
    ours = [record["spexlab"] for record in records]
    return {
        "records": len(records),
        "pictures": len({record["image"] for record in records}),
        "places": len({one["place"] for one in ours}),
        "target": _counted(one["target"] or "none (refused)" for one in ours),
        "kind": _counted(one["kind"] for one in ours),
        "language": _counted(language_of(one["instruction"]["text"]) for one in ours),
        "share": _counted(_share_word(one["pixels"], one["size"]) for one in ours),
        "size": _counted("x".join(str(side) for side in reversed(one["size"])) for one in ours),
        "sensor": _counted(one["sensor"] for one in ours),
        "split": _counted(one["split"] for one in ours),
        "sources": _sources(ours),
        "groups": {
            split: sorted({one["group"] for one in ours if one["split"] == split}) for split in sorted({o["split"] for o in ours})
        },
    }


def language_of(text: str) -> str:
    """Tell Chinese from the rest; refusals may be in any language."""
    return "Chinese" if _CHINESE.search(text) else "English or other"


def _counted(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))


def _share_word(pixels: int, size: Sequence[int]) -> str:
    share = pixels / (size[0] * size[1])
    return "empty" if pixels == 0 else next(word for limit, word in _SHARES[1:] if share < limit)


def _sources(ours: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    keys = [(one["source"], one["label_source"], tuple(sorted((k, str(v)) for k, v in one["licence"].items()))) for one in ours]
    return [
        {"source": source, "labels": labels, "licence": dict(licence), "records": count}
        for (source, labels, licence), count in sorted(Counter(keys).items(), key=lambda item: (-item[1], item[0]))
    ]
