"""What `spexlab extract` does with scenes of several dates: which files hold what, and the table that is printed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from spexlab.evidence.regions import share_words

if TYPE_CHECKING:
    import xarray as xr

    from spexlab.extraction import Timeline

_OF_DATES = ("to_netcdf", "to_csv", "to_png")
_OF_CHANGE = ("to_cog", "to_geoparquet", "to_geojson")


def check_outputs(outputs: Mapping[str, tuple[Path, str]], scene: "xr.DataArray", instruction: Sequence[str]) -> None:
    """Refuse files that cannot hold what a scene, or several dates, will give, before the work for them begins.

    Raises
    ------
    ValueError
        If there is one.
    """
    from spexlab.language.changing import change_asked
    from spexlab.scene.series import is_series

    changes = len(instruction) == 1 and change_asked(instruction[0]) is not None
    for path, method in outputs.values():
        if not is_series(scene) and method == "to_csv":
            raise ValueError(f"a .csv holds areas by date, but the scene is of one date; leave {str(path)!r} out.")
        if is_series(scene) and method not in _OF_DATES + (_OF_CHANGE if changes else ()):
            raise ValueError(
                f"several dates are written as .nc, .csv or .png, a change as .tif, .parquet or .geojson, but {str(path)!r} was "
                'named; ask what changed ("where did water disappear?"), or name another file.'
            )


def writer_of_dates(result: "Timeline", method: str) -> Any:
    """The method that writes a file: of the change where it holds one, else of all dates."""
    return getattr(result.change if method in _OF_CHANGE else result, method)


def report_dates(result: "Timeline", written: Mapping[str, str]) -> None:
    """Print areas by date, and the words."""
    console = Console()
    table = Table("date", "target", "share", "area", box=None)
    for row in result.table.itertuples():
        area = f"{row.pixels:,} px" if row.area_m2 is None else f"{row.area_m2 / 1e4:,.2f} ha"
        table.add_row(row.date, row.target, share_words(row.share), area)
    console.print(table)
    console.print(Text(result.explanation))
    for kind, path in written.items():
        console.print(Text(f"{kind}: {path}"), soft_wrap=True)
