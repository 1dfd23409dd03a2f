"""Map apps for notebooks: widget state and calls into `spexlab`, nothing more."""

from widgets.explorer import Explorer

__all__ = ["Explorer"]
