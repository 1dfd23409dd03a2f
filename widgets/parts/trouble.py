"""What goes wrong, told where a person looks."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_log = logging.getLogger(__name__)


@contextmanager
def told(say: Callable[[str, str], object]) -> Iterator[None]:
    """Hand an error to `say`, as ("error", text), instead of raising it: in a thread nobody else would see it."""
    try:
        yield
    except (ValueError, OSError) as error:
        say("error", str(error))
    except Exception as error:  # noqa: BLE001  nobody foresaw it, so its kind and its trace are told, too
        _log.exception("something unforeseen went wrong")
        say("error", f"{type(error).__name__}: {error}")
