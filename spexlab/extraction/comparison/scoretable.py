"""How well several instructions do over several scenes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spexlab.extraction.comparison.asking import Comparison
from spexlab.scene.outputs import replacing

MEAN = "mean"
"""Stands in the place of a scene for the mean over all of them."""
SCORES = ("iou", "precision", "recall")


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """How well each of several instructions did in each of several scenes."""

    table: pd.DataFrame
    """Columns instruction, scene, iou, precision, recall; after the scenes their mean, where `scene` is `MEAN`. What was refused,
    or is neither found nor there, has no score (NaN) and no part in a mean."""

    @classmethod
    def of(cls, comparisons: Mapping[str, Comparison]) -> "ScoreTable":
        """Put together what `compare` found with a reference, by the names of the scenes.

        Raises
        ------
        ValueError
            If there is none, or they are not of the same instructions.
        """
        asked = {tuple(answer.instruction for answer in one.answers) for one in comparisons.values()}
        if len(asked) != 1:
            raise ValueError(f"scenes must be compared with the same instructions, but there are {len(asked)} lists of them")
        rows = [
            {"instruction": answer.instruction, "scene": name, **answer.scores}
            for name, one in comparisons.items()
            for answer in one.answers
        ]
        each = pd.DataFrame(rows)
        means = each.groupby("instruction", sort=False)[list(SCORES)].mean().reset_index().assign(scene=MEAN)
        return cls(pd.concat([each, means[each.columns]], ignore_index=True))

    @property
    def scenes(self) -> list[str]:
        """Names of the scenes."""
        return [name for name in dict.fromkeys(self.table["scene"]) if name != MEAN]

    @property
    def instructions(self) -> list[str]:
        """What was asked, each once."""
        return list(dict.fromkeys(self.table["instruction"]))

    @property
    def best(self) -> str | None:
        """The instruction with the highest mean IoU, the first of equals; None where nothing has a score."""
        means = self.table[self.table["scene"] == MEAN].set_index("instruction")["iou"].dropna()
        return None if means.empty else str(means.idxmax())

    def score(self, instruction: str, scene: str = MEAN) -> dict[str, float]:
        """The iou, precision and recall of an instruction in a scene, or the mean over the scenes."""
        row = self.table[(self.table["instruction"] == instruction) & (self.table["scene"] == scene)]
        return {name: float(row[name].iloc[0]) for name in SCORES}

    def to_csv(self, path: str | Path) -> Path:
        """Write `table` as CSV.

        Raises
        ------
        OSError
            If the file cannot be written; nothing is left behind.
        """
        with replacing(path) as unfinished:
            self.table.assign(best=self.table["instruction"] == self.best).to_csv(unfinished, index=False)
        return Path(path)

    def _repr_html_(self) -> str:
        """The table; pandas escapes every cell."""
        return str(self.table.to_html(index=False, na_rep=""))
