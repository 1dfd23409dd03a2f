"""How far to trust a mask, as HTML: beside the check of the sentences, and in colours that the check has not."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spexlab.extraction.trust import Trust


def trusts_html(trust: "Sequence[Trust]") -> str:
    """How far to trust each mask; where there are several, under their names."""
    return "".join(trust_html(one, named=len(trust) > 1) for one in trust)


def trust_html(trust: "Trust", *, named: bool = False) -> str:
    """The level with its reasons, and if wanted what it is of; what it was made from unfolds on a click."""
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in trust.details.items())
    why = trust.why[0].upper() + trust.why[1:]
    level = f'<b class="spx-level">Trust{" in " + escape(trust.target) if named else ""}: {escape(trust.level)}</b>'
    return (
        f'<details class="spx-trust spx-trust-{escape(trust.level)}"><summary>{level} {escape(why)}</summary>'
        f"<dl>{facts}</dl></details>"
    )
