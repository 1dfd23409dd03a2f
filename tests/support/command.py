"""The command line as a shell calls it, in this process."""

import pytest

from spexlab import cli


def run(*arguments: object) -> int:
    """Give the exit code of `spexlab ARGUMENTS`."""
    with pytest.raises(SystemExit) as end:
        cli.main([str(argument) for argument in arguments])
    return int(end.value.code or 0)
