"""Files that belong to spexlab and are no modules: at the root of a checkout, inside the package where a wheel put them."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def shipped(name: str) -> Path | None:
    """Return where a file or folder such as ``notebooks`` lies; None where this installation came without it.

    A wheel carries them into the package (`force-include` in pyproject.toml); an editable installation reads the checkout.
    """
    return next((place for place in (PACKAGE / name, PACKAGE.parent / name) if place.exists()), None)
