"""Strips of a picture: what is computed of some rows stays in a processor's cache."""

from collections.abc import Iterator

PIXELS = 8192
"""In a strip. Hidden states of a window of 512 pixels fit into no cache, and to have the system find room for each of them anew
took longer than to compute them."""


def strips(height: int, width: int, *, times: int = 1) -> Iterator[tuple[int, int]]:
    """First row of each strip of a picture, and the row after its last.

    Parameters
    ----------
    height, width
        Of the picture.
    times
        How many times as many pixels as usual a strip has: more where there are few channels.

    Examples
    --------
    >>> list(strips(40, 512))
    [(0, 16), (16, 32), (32, 40)]
    """
    rows = max(1, times * PIXELS // width)
    for top in range(0, height, rows):
        yield top, min(top + rows, height)
