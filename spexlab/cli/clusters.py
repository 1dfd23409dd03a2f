"""Where the windows of a scene are looked at: here, or on a Dask cluster."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

ClusterOption = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS|local",
        help="A Dask scheduler, like tcp://10.0.0.5:8786, that does the work; local starts one worker a core.",
    ),
]
_PATIENCE = "10s"


@contextmanager
def cluster(address: str | None) -> Iterator[None]:
    """Keep a client open to a Dask scheduler, which lazy scenes are then looked at on; None: here.

    Raises
    ------
    OSError
        If no scheduler answers.
    """
    if address is None:
        yield
        return
    from spexlab.cli.app import require

    require("distributed")
    from distributed import Client, LocalCluster

    if address == "local":
        with LocalCluster(n_workers=os.cpu_count(), threads_per_worker=1, dashboard_address=None) as local, Client(local):
            yield
        return
    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        raise OSError(
            f"a Dask scheduler must answer at {address!r}, but none does ({error}); start one, or leave out --cluster."
        ) from error
    with client:
        yield
