"""How many instructions reach exactly what they ask for, and how many of those to refuse are refused.

    python benchmarks/instructions.py --results benchmarks/results

Three lists: two of hand-written sentences (``tests/data``), the second in the everyday words of scientists, teachers and pupils,
written without a look at the words that training draws from; and sentences drawn by the training's own rules, from a seed that it
does not use. With the answers that ``benchmarks/accuracy.py`` keeps, also how many claims of the explanations hold, by kind.
"""

import argparse
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from accuracy import CACHE, folder_of
from report import keep_results

import spexlab
from spexlab.evaluation import AskedSpex, Heard, Share, hear, kind_of, language_of, read_instructions, share_right
from spexlab.evaluation.spoken import claims_by_kind
from spexlab.evaluation.tables import Cell, Table
from spexlab.evaluation.understanding import KINDS, limit_names
from spexlab.extraction import Spex
from spexlab.language.instructions import Instruction, draw_instruction

DATA = Path(__file__).parents[1] / "tests" / "data"
LISTS = {"hand-written, first list": "instructions_eval.tsv", "hand-written, second list": "instructions_blind.tsv"}
DRAWN, SEED = "drawn", "instructions to measure with"
"""Training seeds its generators with whole numbers."""
RIGHT, REFUSED, HOLD = 0.95, 0.98, 0.98
"""Goals."""
Lists = dict[str, list[Heard]]


def main() -> None:
    """Measure, print, and keep the results if asked."""
    options = _options()
    spex = spexlab.load_model(options.model)
    heard = {name: hear(spex, found) for name, found in instruction_lists(options.drawn).items()}
    claims = kept_claims(spex, options.predictions)
    text = summary(heard, claims)
    print(text)
    failures = [_failure(name, h) for name, found in heard.items() if name != DRAWN for h in found if not h.right]
    for failure in failures:
        print(f"  {failure['text']!r}: wanted {failure['wanted']}, heard {failure['heard']}")
    if options.results:
        numbers = {name: {kind: [s.right, s.total] for kind, s in by_kind(found).items()} for name, found in heard.items()}
        write_results({"lists": numbers, "claims": claims, "failures": failures}, text, options.results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="spex-tiny", help="name or folder of the checkpoint")
    parser.add_argument("--drawn", type=int, default=1000, help="how many instructions to draw (default: %(default)s)")
    parser.add_argument("--predictions", type=Path, default=CACHE, help="where accuracy.py kept its answers (default: %(default)s)")
    parser.add_argument(
        "--results", type=Path, help="folder for instructions.json and instructions.md, which goes into the docs, too"
    )
    return parser.parse_args()


def instruction_lists(drawn: int) -> dict[str, list[Instruction]]:
    """Read the hand-written lists, and draw another."""
    rng = random.Random(SEED)
    lists = {name: read_instructions(DATA / file) for name, file in LISTS.items()}
    return lists | {DRAWN: [draw_instruction(rng) for _ in range(drawn)]}


def kept_claims(spex: Spex, base: Path) -> dict[str, tuple[int, int]]:
    """Kind of claim -> how many hold, of how many; nothing if no answers of this checkpoint are kept."""
    folder = folder_of(base, AskedSpex(spex), "all")
    return claims_by_kind(folder) if folder.is_dir() else {}


def by_kind(heard: Sequence[Heard]) -> dict[str, Share]:
    """Kind of instruction -> how many are understood."""
    return _grouped(heard, lambda h: kind_of(h.wanted))


def _grouped(heard: Sequence[Heard], key: Callable[[Heard], str]) -> dict[str, Share]:
    groups: dict[str, list[Heard]] = {}
    for h in heard:
        groups.setdefault(key(h), []).append(h)
    return {name: share_right(found) for name, found in groups.items()}


def summary(heard: Lists, claims: dict[str, tuple[int, int]]) -> str:
    """Lay out what docs/accuracy.md shows."""
    parts = [lists_table(heard).markdown(), kinds_table(heard).markdown(), goals_table(heard, claims).markdown()]
    if claims:
        rows: list[tuple[Cell, ...]] = [(kind, made, str(Share(held, made))) for kind, (held, made) in claims.items()]
        parts.append(Table(("claims about", "claims", "that hold (95 %)"), tuple(rows)).markdown())
    return "\n".join(parts)


def lists_table(heard: Lists) -> Table:
    """One row a list."""
    rows: list[tuple[Cell, ...]] = []
    for name, found in heard.items():
        asked, refused = _asked(found), _to_refuse(found)
        shares = (share_right(asked, targets_only=True), share_right(asked), share_right(refused))
        rows.append((name, len(asked), *map(str, shares[:2]), len(refused), str(shares[2])))
    headings = (
        "instructions",
        "to extract",
        "right targets (95 %)",
        "with exceptions and limits (95 %)",
        "to refuse",
        "refused (95 %)",
    )
    return Table(headings, tuple(rows))


def kinds_table(heard: Lists) -> Table:
    """One row a kind, and a language, of hand-written sentences; one column a list."""
    rows: list[tuple[Cell, ...]] = []
    for key, names in (
        (lambda h: kind_of(h.wanted), reversed(KINDS)),
        (lambda h: language_of(h.wanted.text), ("English", "Chinese")),
    ):
        shares = {name: _grouped(found, key) for name, found in heard.items()}
        rows += [(kind, *(_counted(shares[name].get(kind)) for name in heard)) for kind in names]
    return Table(("understood in full", *heard), tuple(rows))


def _counted(share: Share | None) -> str | None:
    return f"{share.right} of {share.total}" if share else None


def goals_table(heard: Lists, claims: dict[str, tuple[int, int]]) -> Table:
    """Goal, measured, reached or by how much missed; over the hand-written lists."""
    written = [h for name, found in heard.items() if name != DRAWN for h in found]
    rows = [
        _goal(
            f"at least {100 * RIGHT:.0f} % reach exactly the right targets", share_right(_asked(written), targets_only=True), RIGHT
        ),
        _goal(f"at least {100 * REFUSED:.0f} % of what must be refused is refused", share_right(_to_refuse(written)), REFUSED),
    ]
    if claims:
        held, made = (sum(counts) for counts in zip(*claims.values(), strict=True))
        rows.append(_goal(f"at least {100 * HOLD:.0f} % of the claims hold", Share(held, made), HOLD))
    return Table(("goal", "measured (95 %)", "outcome"), tuple(rows))


def _goal(words: str, share: Share, needed: float) -> tuple[str, str, str]:
    missed = needed - share.right / share.total
    return words, f"{share.right} of {share.total}, {share}", "reached" if missed <= 0 else f"missed by {100 * missed:.1f} points"


def _asked(heard: Sequence[Heard]) -> list[Heard]:
    return [h for h in heard if h.wanted.include]


def _to_refuse(heard: Sequence[Heard]) -> list[Heard]:
    return [h for h in heard if not h.wanted.include]


def _failure(name: str, heard: Heard) -> dict[str, Any]:
    wants = heard.request.wants if heard.request else ()
    return {
        "list": name,
        "text": heard.wanted.text,
        "wanted": _meaning(heard.wanted.include, heard.wanted.exclude, heard.wanted.limits),
        "heard": "; ".join(_meaning([want.target], want.exclude, sorted(limit_names(want))) for want in wants) or "nothing",
        "left out": list(heard.request.left_out) if heard.request else [],
    }


def _meaning(include: Sequence[str], exclude: Sequence[str], limits: Sequence[str]) -> str:
    if not include:
        return "nothing"
    return (
        ", ".join(include) + (f" but not {', '.join(exclude)}" if exclude else "") + (f" ({', '.join(limits)})" if limits else "")
    )


def write_results(numbers: dict[str, object], text: str, folder: Path) -> None:
    """Keep the numbers, the failures and the tables, and put the tables into docs/accuracy.md."""
    keep_results(folder, "instructions", numbers, text)


if __name__ == "__main__":
    main()
