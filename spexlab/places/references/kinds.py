"""What a reference says of a place, as text: the same for 1, 1.0 and "1"."""

from typing import Any

import numpy as np
import pandas as pd

UNSAID = ""
"""What stands where nothing is said."""
MOST = 256
"""Kinds that a reference may tell apart; more are numbers of another meaning, such as heights."""


def kind_of(value: Any) -> str:
    """Say a value of a column or a raster as text, in small letters; `UNSAID` for none.

    >>> kind_of(1.0), kind_of(True), kind_of(" Water "), kind_of(float("nan"))
    ('1', 'true', 'water', '')
    """
    if pd.isna(value):
        return UNSAID
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, int | float | np.integer | np.floating):
        return f"{float(value):.12g}"
    return str(value).strip().lower()
