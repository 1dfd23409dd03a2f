"""Where masks are cut, as a command line says it: one probability, or one a target."""

from collections.abc import Sequence
from typing import Annotated

import typer

ThresholdOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="P|TARGET=P", help="Probability above which a pixel is found: 0.4, or water=0.4; may be given for each target."
    ),
]


def read_thresholds(given: Sequence[str] | None) -> float | dict[str, float] | None:
    """Thresholds as `spexlab.extract` takes them.

    Raises
    ------
    ValueError
        If one is no number, or one for all stands beside others.
    """
    if not given:
        return None
    pairs = [(name.strip(), _number(value, one)) for one in given for name, _, value in [one.rpartition("=")]]
    if len(pairs) == 1 and not pairs[0][0]:
        return pairs[0][1]
    if not all(name for name, _ in pairs):
        raise ValueError(f"--threshold is given once for all targets, or once a target as TARGET=P, but {list(given)} was given.")
    return dict(pairs)


def _number(value: str, whole: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"--threshold takes a probability, like 0.4 or water=0.4, but {whole!r} was given.") from None
