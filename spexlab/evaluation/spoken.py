"""What explanations claim, read from kept answers."""

import json
from collections import Counter
from pathlib import Path


def claims_by_kind(folder: str | Path) -> dict[str, tuple[int, int]]:
    """Kind of claim -> how many hold, of how many, over all answers that a folder keeps; the commonest kind first.

    Raises
    ------
    FileNotFoundError
        If the folder keeps no answers.
    """
    held: Counter[str] = Counter()
    made: Counter[str] = Counter()
    for record in sorted(Path(folder).glob("*/*.json")):
        for claim in json.loads(record.read_text())["claims"]:
            made[claim["kind"]] += 1
            held[claim["kind"]] += bool(claim["holds"])
    if not made:
        raise FileNotFoundError(
            f"no explanations are kept in {str(folder)!r}; run spexlab.evaluation.predict with a SPEX checkpoint."
        )
    return {kind: (held[kind], count) for kind, count in made.most_common()}
