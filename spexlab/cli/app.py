"""The program around the commands: exit codes, one line an error, warnings about scenes."""

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

import spexlab
from spexlab.targets import UnknownTargetError

BAD_INPUT, UNKNOWN_TARGET, INTERRUPTED = 2, 3, 130
_EXTRAS = {"accelerate": "train", "distributed": "cluster", "peft": "train", "sklearn": "train"}
"""Packages that spexlab does without until a command needs them, and the extra that brings them."""

app = typer.Typer(
    help="Draw an area, say what to look for, and see the mask that SPEX makes, with its reasons.",
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; the entry point of the `spexlab` script."""
    # GDAL would keep a twentieth of the memory of blocks that were read or written; each is needed once here. In MB.
    os.environ.setdefault("GDAL_CACHEMAX", "128")
    with _plain_warnings():
        sys.exit(_exit_code(arguments))


def _exit_code(arguments: Sequence[str] | None) -> int:
    try:
        return int(app(args=arguments, prog_name="spexlab", standalone_mode=False) or 0)
    except UnknownTargetError as error:
        return _fail(error, UNKNOWN_TARGET)
    except TyperException as error:
        return _fail(error.format_message(), BAD_INPUT)
    except ImportError as error:
        return _fail(_with_remedy(error), BAD_INPUT)
    except (ValueError, OSError) as error:
        return _fail(error, BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("stopped", INTERRUPTED)


def _fail(reason: object, code: int) -> int:
    print(f"error: {_line(reason)}", file=sys.stderr)
    return code


def require(package: str) -> None:
    """Make sure that a package of an extra is there, before the work that needs it.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed.
    """
    if find_spec(package) is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)


def _with_remedy(error: ImportError) -> str:
    extra = _EXTRAS.get((error.name or "").partition(".")[0])
    return f"{error}; this needs an extra: pip install 'spexlab[{extra}]'" if extra else str(error)


def _line(words: object) -> str:
    return " ".join(str(words).split()) or type(words).__name__


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Say what spexlab warns of, such as what was assumed about a scene, in one line each; other libraries speak to programmers."""

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        if category.__module__.partition(".")[0] == "spexlab":
            print(f"warning: {_line(message)}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = show
        yield


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
    if wanted:
        print(f"spexlab {spexlab.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,  # noqa: ARG001, FBT002
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())
