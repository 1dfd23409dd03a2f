"""Small pictures of images that lie on servers."""

import io
import logging
from urllib.request import urlopen

from PIL import Image

from widgets.map.overlay import data_url

_SIDE = 96
"""Pixels: twice what a row shows, for fine screens."""
_SECONDS = 15.0
_HEAVIEST = 1 << 23
"""Bytes of a file; what is heavier is no small picture."""
_log = logging.getLogger(__name__)


def preview(address: str | None) -> str:
    """Fetch a picture, and make it a small one; "" where there is none: it is a help and nothing more, so no failure counts.

    Returns
    -------
    str
        A data URL of a picture that was decoded here, whatever the server sent.
    """
    if address is None or not address.startswith(("http://", "https://")):
        return ""
    try:
        with urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310  the scheme is checked above
            picture = Image.open(io.BytesIO(answer.read(_HEAVIEST))).convert("RGB")
        picture.thumbnail((_SIDE, _SIDE))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        _log.info("no preview of %s: %s", address, error)
        return ""
    return data_url(picture, "JPEG", quality=85)
