"""How many whole requests are understood: targets, conditions, question, and what is named as left out.

    python benchmarks/whole_requests.py --results benchmarks/results

Lists of sentences with what they ask for (``tests/data``), in English and Chinese, with typos, several targets, follow-ups and
refusals: one by the authors and one by helpers who knew the notation alone, both looked at while the reading was made; and one of
each that was written before and never was. The file is not called requests.py, as a script of that name would be imported in the
place of the library.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from report import keep_results

import spexlab
from spexlab.evaluation import Share, language_of
from spexlab.evaluation.requests import FIELDS, Understood, read_requests, understand_all
from spexlab.evaluation.tables import Cell, Table

DATA = Path(__file__).parents[1] / "tests" / "data"
LISTS = {
    "seen": "requests_seen.tsv",
    "seen, by helpers": "requests_seen_second.tsv",
    "blind": "requests_blind.tsv",
    "blind, by helpers": "requests_blind_second.tsv",
}
WHOLE, FIELD, REFUSED, TOLD = 0.90, 0.96, 0.98, 0.99
"""Goals, for the blind lists together."""


def main() -> None:
    """Measure, print, and keep the results if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="spex-tiny", help="name or folder of the checkpoint")
    parser.add_argument("--results", type=Path, help="folder for requests.json and requests.md, which goes into the docs, too")
    options = parser.parse_args()
    spex = spexlab.load_model(options.model)
    lists = {name: understand_all(read_requests(DATA / file), spex) for name, file in LISTS.items()}
    blind = [one for name, found in lists.items() if name.startswith("blind") for one in found]
    text = "\n".join(table.markdown() for table in (fields_table(lists), goals_table(blind)))
    print(text)
    if options.results:
        write_results(lists, text, options.results)


def fields_table(lists: dict[str, list[Understood]]) -> Table:
    """One row a field, and a kind of sentence; one column a list."""
    asked = {name: [one for one in found if one.said.expected] for name, found in lists.items()}
    rows: list[tuple[Cell, ...]] = [("sentences to understand", *map(len, asked.values()))]
    rows.append(("whole request right", *(str(_right(found)) for found in asked.values())))
    rows += [(f"{name} right", *(str(_field(found, name)) for found in asked.values())) for name in FIELDS]
    rows += [
        (f"whole, {kind}", *(str(_right([one for one in found if kind_of(one) == kind])) for found in asked.values()))
        for kind in ("English", "Chinese", "follow-up")
    ]
    rows.append(("nothing dropped in silence", *(str(_told(found)) for found in asked.values())))
    rows.append(("refused, of what must be", *(str(_right(_refusals(found))) for found in lists.values())))
    return Table(("right of the sentences (95 %)", *lists), tuple(rows))


def goals_table(blind: Sequence[Understood]) -> Table:
    """Goal, measured, reached or by how much missed; over the blind lists together."""
    asked = [one for one in blind if one.said.expected]
    worst = min((_field(asked, name) for name in FIELDS), key=lambda share: share.right)
    rows = (
        _goal("whole requests", _right(asked), WHOLE),
        _goal("the field that is worst", worst, FIELD),
        _goal("refusals", _right(_refusals(blind)), REFUSED),
        _goal("nothing dropped in silence", _told(asked), TOLD),
    )
    return Table(("goal, blind lists", "measured (95 %)", "outcome"), rows)


def kind_of(one: Understood) -> str:
    """A follow-up, or the language of what stands alone."""
    return "follow-up" if one.said.previous else language_of(one.said.text)


def _right(found: Sequence[Understood]) -> Share:
    return Share(sum(one.right for one in found), len(found))


def _field(found: Sequence[Understood], name: str) -> Share:
    return Share(sum(one.fields[name] for one in found), len(found))


def _told(found: Sequence[Understood]) -> Share:
    return Share(sum(one.told for one in found), len(found))


def _refusals(found: Sequence[Understood]) -> list[Understood]:
    return [one for one in found if one.said.expected is None]


def _goal(words: str, share: Share, needed: float) -> tuple[str, str, str]:
    missed = needed - share.right / share.total
    outcome = "reached" if missed <= 0 else f"missed by {100 * missed:.1f} points"
    return f"{words}: {100 * needed:.0f} %", f"{share.right} of {share.total}, {share}", outcome


def write_results(lists: dict[str, list[Understood]], text: str, folder: Path) -> None:
    """Keep the numbers, the failures of the lists that may be looked at, and the tables; put the tables into docs/accuracy.md."""
    numbers = {name: {"right": sum(one.right for one in found), "of": len(found)} for name, found in lists.items()}
    looked_at = [one for name, found in lists.items() if name.startswith("seen") for one in found]
    failures = [{"text": one.said.text, "wanted": one.said.expected, "heard": one.request} for one in looked_at if not one.right]
    keep_results(folder, "requests", {"lists": numbers, "failures": failures}, text)


if __name__ == "__main__":
    main()
