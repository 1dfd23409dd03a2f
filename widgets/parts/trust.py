"""How far to trust a mask, as HTML: beside the check of the sentences, and in colours that the check has not."""

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spexlab.extraction.trust import Trust


def trust_html(trust: "Trust") -> str:
    """The level with its reasons; what it was made from unfolds on a click."""
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in trust.details.items())
    why = trust.why[0].upper() + trust.why[1:]
    level = f'<b class="spx-level">Trust: {escape(trust.level)}</b>'
    return (
        f'<details class="spx-trust spx-trust-{escape(trust.level)}"><summary>{level} {escape(why)}</summary>'
        f"<dl>{facts}</dl></details>"
    )
