"""Imagery found in a STAC catalogue: by area, dates, collection and cloud."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from spexlab.scene.area import Area, AreaLike
from spexlab.scene.itemlist import Items

if TYPE_CHECKING:
    from pystac_client import Client

CATALOGS = {
    "earth-search": "https://earth-search.aws.element84.com/v1",
    "planetary-computer": "https://planetarycomputer.microsoft.com/api/stac/v1",
}
"""Catalogues that are known by name; any other STAC API is named by its URL."""
Day = str | date | datetime
MOST = 5000
"""Items beyond which a search is taken for a mistake: their descriptions alone would take minutes."""
_SECONDS, _ATTEMPTS, _PAUSE = 30.0, 4, 0.5
"""How long a catalogue may be silent, how often it is asked, and the first pause; each further one is twice as long."""
_QUERY = "QUERY"
_NOBODY = re.compile("NameResolutionError|NewConnectionError|ConnectTimeoutError")
"""How urllib3 says that no connection was made at all, which pystac-client passes on as words."""
_DAY = re.compile(r"\d{4}(-\d\d){0,2}")


def search(
    area: AreaLike,
    *,
    dates: str | Sequence[Day],
    collection: str = "sentinel-2-l2a",
    catalog: str = "earth-search",
    max_cloud: float | None = None,
) -> Items:
    """Find imagery in a STAC catalogue; `spexlab.open_scene` takes what is found.

    Needs the extra `search` (pystac-client). Nothing but the catalogue is asked; no imagery is read.

    Parameters
    ----------
    area : any form of area
        Where: GeoJSON, a shapely geometry, a GeoDataFrame, (xmin, ymin, xmax, ymax) or the path of a GeoJSON file, in longitude
        and latitude.
    dates : str or pair
        A day, a month or a year ("2024-06-01", "2024-06", "2024"), a span ("2024-06-01/2024-06-30"), or its two ends; both are
        part of it.
    collection : str
        The catalogue's name of a collection.
    catalog : str
        "earth-search", "planetary-computer", or the URL of a STAC API.
    max_cloud : float, optional
        Per cent of an image that may be under cloud; images of which that is not stated are then left out.

    Returns
    -------
    Items
        In the order of their time; empty where there are none.

    Raises
    ------
    ValueError
        If the dates, the area, the cloud cover or the collection cannot be, or more than 5,000 images are found.
    OSError
        If the catalogue cannot be reached, or what it says is no STAC; it is asked four times before.
    ImportError
        If pystac-client is missing.

    Examples
    --------
    >>> found = spexlab.search("lake.geojson", dates="2024-06", max_cloud=20)  # doctest: +SKIP
    >>> scene = spexlab.open_scene(found[:3], area="lake.geojson", bands=["blue", "green", "red", "nir"])  # doctest: +SKIP
    """
    _check_cloud(max_cloud)
    span, place = _span(dates), Area.of(area).to_geojson()
    url = CATALOGS.get(catalog, catalog)
    if "://" not in url:
        raise ValueError(f"catalog must be {', '.join(CATALOGS)} or the URL of a STAC API, but {catalog!r} was given")
    try:
        client = _client(url)
        found = _asked(client, place, span, collection=collection, max_cloud=max_cloud)
        known = [] if found else [str(one.id) for one in client.get_collections()]
    except Exception as error:
        if isinstance(error, ImportError) or not _is_of_catalogue(error):
            raise
        raise OSError(f"cannot search {url}: {_reason(error)}") from error
    if not found and collection not in known:
        raise ValueError(f"{catalog} has no collection {collection!r}; it has {', '.join(sorted(known)) or 'none'}")
    if len(found) > MOST:
        raise ValueError(f"more than {MOST:,} images were found; ask for a smaller area or a shorter time")
    items = [item for item in Items(found) if max_cloud is None or (item.cloud_cover is not None and item.cloud_cover <= max_cloud)]
    return Items(sorted(items, key=lambda item: (item.date, str(item.time), item.id)))


def _client(url: str) -> "Client":
    try:
        from pystac_client import Client
        from pystac_client.stac_api_io import StacApiIO
        from urllib3 import Retry
    except ImportError as error:
        raise ImportError(
            f"a search needs the packages of the extra 'search', but there is no {error.name!r}; "
            "install them: pip install 'spexlab[search]'"
        ) from error
    again = Retry(
        total=_ATTEMPTS - 1,
        backoff_factor=_PAUSE,
        status_forcelist=[408, 429, 500, 502, 503, 504],
        allowed_methods=None,  # a search is a POST, and changes nothing
        raise_on_status=False,
    )
    # A timeout that only stac_io is given would be taken away again.
    client: Client = Client.open(url, stac_io=StacApiIO(max_retries=again), timeout=_SECONDS)
    return client


def _asked(client: "Client", place: dict[str, Any], span: str, *, collection: str, max_cloud: float | None) -> list[Any]:
    """The items as plain dicts, one more than `MOST` at most."""
    cloud = {"eo:cloud_cover": {"lte": max_cloud}} if max_cloud is not None and client.conforms_to(_QUERY) else None
    asked = client.search(collections=[collection], intersects=place, datetime=span, query=cloud, max_items=MOST + 1, limit=100)
    return list(asked.items_as_dicts())


def _is_of_catalogue(error: Exception) -> bool:
    """Tell what a catalogue, or the way there, raises from our own mistakes; pystac's errors are of no family."""
    return isinstance(error, OSError | ValueError | KeyError) or type(error).__module__.startswith("pystac")


def _reason(error: Exception) -> str:
    words = " ".join(str(error).split())
    if _NOBODY.search(words):
        return "nothing answers there; is this machine on the internet, and the address right?"
    return f"{type(error).__name__}{': ' * bool(words)}{words[:300]}; it may be no STAC API, or busy: try again later"


def _check_cloud(most: float | None) -> None:
    if most is not None and not 0 <= most <= 100:
        raise ValueError(f"max_cloud is per cent of an image, 0 to 100, but {most!r} was given")


def _span(dates: str | Sequence[Day]) -> str:
    """The first and last day (ISO) of a span, with a slash between."""
    ends = dates.split("/") if isinstance(dates, str) else list(dates)
    if len(ends) not in {1, 2}:
        raise ValueError(f"dates must be one day, month or year, or two ends of a span, but {len(ends)} were given")
    first, last = (_day(ends[0], end=False), _day(ends[-1], end=True))
    if last < first:
        raise ValueError(f"a span of dates must begin before it ends, but {first} to {last} was given; turn it around")
    return f"{first}/{last}"


def _day(given: Day, *, end: bool) -> str:
    """The first or last day of what is given: a day, a month, a year."""
    import pandas as pd

    if isinstance(given, date):
        return given.isoformat()[:10]
    wrong = f"dates must be like 2024-06-01, 2024-06, 2024 or 2024-06-01/2024-06-30, but {given!r} was given"
    if not isinstance(given, str) or not _DAY.fullmatch(given.strip()):
        raise ValueError(wrong)
    try:
        period = pd.Period(given.strip())
    except ValueError as error:
        raise ValueError(wrong) from error
    return str((period.end_time if end else period.start_time).date())
