"""A STAC catalogue on loopback, with cloud-optimised files of a simulated place; as slow or broken a server as a test needs."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlparse

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
import xarray as xr
from PIL import Image
from shapely.geometry import box, mapping, shape

from spexlab.places.simulation import simulate_scene
from spexlab.scene.grid import bounds_of, crs_of, transform_of

BANDS = ("blue", "green", "red", "nir")
CLEAR, CLOUD, NOTHING = 4, 9, 0
"""Codes of the scene classification."""
SIZE = 128
PAGE = 2
"""Items that are sent at once, whatever is asked for: every search has further pages."""


@dataclass
class Place:
    """A simulated place, and what a catalogue has of it."""

    truth: xr.DataArray
    """(band, y, x) reflectance as it was simulated."""
    labels: xr.DataArray
    folder: Path
    items: list[dict[str, Any]] = field(default_factory=list)

    @property
    def area(self) -> dict[str, Any]:
        """The place as GeoJSON, a little within its edges."""
        return mapping(_in_degrees(box(*bounds_of(self.truth)).buffer(-15.0), self.truth))

    def add(
        self,
        name: str,
        day: str,
        *,
        columns: slice = slice(None),
        cloud: slice | None = None,
        offset: bool = False,
        drained: bool = False,
    ) -> dict[str, Any]:
        """Add an image of some columns of the place: cloud in some of them, with ESA's offset or without, its lake full or dry."""
        part = self.truth.isel(x=columns)
        values = part.values.copy()
        if drained:
            dry = np.nanmean(np.where(self.labels.values == 7, self.truth.values, np.nan), axis=(1, 2))
            dry = np.where(np.isfinite(dry), dry, [0.08, 0.12, 0.17, 0.24])
            values = np.where(self.labels.isel(x=columns).values == 1, dry[:, None, None], values)
        classes = np.full(values.shape[1:], CLEAR, np.uint8)
        if cloud is not None:
            values[:, :, cloud], classes[:, cloud] = 0.6, CLOUD
        numbers = np.round(values * 1e4 + 1000 * offset).astype(np.uint16)
        assets = {}
        for band, layer in zip(BANDS, numbers, strict=True):
            _write_cog(self.folder / name / f"{band}.tif", layer, part)
            assets[band] = {
                "href": f"{name}/{band}.tif", "type": "image/tiff; application=geotiff; profile=cloud-optimized", "roles": ["data"],
                "gsd": 10, "eo:bands": [{"name": band, "common_name": band}],
                "raster:bands": [{"nodata": 0, "data_type": "uint16", "scale": 1e-4, "offset": -0.1 if offset else 0.0}],
            }  # fmt: skip
        _write_cog(self.folder / name / "SCL.tif", classes, part)
        assets["scl"] = {"href": f"{name}/SCL.tif", "type": "image/tiff", "roles": ["data"], "gsd": 20}
        picture = Image.fromarray((np.clip(values[[2, 1, 0]] * 4, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0))
        picture.save(self.folder / name / "thumbnail.png")
        assets["thumbnail"] = {"href": f"{name}/thumbnail.png", "type": "image/png", "roles": ["thumbnail"]}
        footprint = _in_degrees(box(*bounds_of(part)), part)
        item = {
            "type": "Feature", "stac_version": "1.0.0", "id": name, "collection": "sentinel-2-l2a",
            "geometry": mapping(footprint), "bbox": list(footprint.bounds), "links": [], "assets": assets,
            "properties": {
                "datetime": f"{day}T10:00:00Z", "platform": "sentinel-2a",
                "eo:cloud_cover": round(float((classes == CLOUD).mean()) * 100, 1),
                "s2:processing_baseline": "05.09" if offset else "02.14", "earthsearch:boa_offset_applied": False,
            },
        }  # fmt: skip
        self.items.append(item)
        return item


def simulated_place(folder: Path, *, seed: int = 4) -> Place:
    """A place of 128 x 128 pixels, still without images."""
    scene, labels = simulate_scene(seed, size=SIZE)
    return Place(scene.sel(band=list(BANDS)), labels, folder)


@contextmanager
def catalogue_of_dates(folder: Path) -> Iterator[dict[str, str]]:
    """Serve a place on three dates; the settings by which notebooks search there, and not on the internet."""
    place = simulated_place(folder)
    place.add("june", "2024-06-10", offset=True)
    place.add("hazy", "2024-06-20", cloud=slice(0, 50))
    place.add("september", "2024-09-15", drained=True)
    area = folder / "area.geojson"
    area.write_text(json.dumps(place.area))
    with served(place) as server:
        yield {"SPEXLAB_CATALOG": server.url, "SPEXLAB_AREA": str(area)}


def _in_degrees(geometry: shapely.Geometry, raster: xr.DataArray) -> shapely.Geometry:
    return gpd.GeoSeries([geometry], crs=crs_of(raster)).to_crs(4326).iloc[0]


def _write_cog(path: Path, layer: np.ndarray, place: xr.DataArray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {"driver": "COG", "count": 1, "height": layer.shape[0], "width": layer.shape[1], "dtype": layer.dtype, "nodata": 0}
    with rasterio.open(path, "w", **profile, crs=crs_of(place).to_wkt(), transform=transform_of(place), blocksize=128) as file:
        file.write(layer, 1)


@dataclass
class Faults:
    """What a server does wrong; all of it to paths that match."""

    path: str = "nothing"
    """Regular expression."""
    failures: int = 0
    """HTTP 500 so often, then fine."""
    cuts: int = 0
    """So often only the first half of an answer, then the connection ends."""
    empty: int = 0
    """So often nothing of an answer but its head."""
    seconds: float = 0.0
    """Before anything is said."""


@dataclass
class Server:
    """A catalogue that is served."""

    url: str
    place: Place
    faults: Faults = field(default_factory=Faults)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request."""


@contextmanager
def served(place: Place) -> Iterator[Server]:
    """Serve a place's catalogue at a free port of 127.0.0.1."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    http.daemon_threads = True
    server = Server(f"http://127.0.0.1:{http.server_address[1]}", place)
    http.state = server
    thread = Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    @property
    def _server(self) -> Server:
        return self.server.state

    def _answer(self, body: Mapping[str, Any] | None = None) -> None:
        path, faults = urlparse(self.path).path, self._server.faults
        self._server.asked.append((self.command, path))
        concerned = re.search(faults.path, path) is not None
        if concerned:
            time.sleep(faults.seconds)
        if concerned and faults.failures:
            faults.failures -= 1
            self._send(b"", status=500)
            return
        file = self._server.place.folder / path.removeprefix("/files/")
        if path.startswith("/files/") and file.is_file():
            self._send_file(file.read_bytes())
            return
        content = self._content(path, body)
        self._send(b"" if content is None else json.dumps(content).encode(), status=404 if content is None else 200)

    def _content(self, path: str, body: Mapping[str, Any] | None) -> dict[str, Any] | None:
        url = self._server.url
        if path == "/":
            return _root(url)
        if path == "/collections":
            return {"collections": [_collection(url)], "links": []}
        if path == "/search":
            query = {key: values[0] for key, values in parse_qs(urlparse(self.path).query).items()}
            return _found(self._server, dict(body or {}), page=int(query.get("page", 0)))
        return None

    def _send_file(self, content: bytes) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if asked is None:
            self._send(content, kind="image/tiff")
            return
        first, last = int(asked[1]), min(int(asked[2] or len(content) - 1), len(content) - 1)
        span = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
        self._send(content[first : last + 1], status=206, kind="image/tiff", **span)

    def _send(self, content: bytes, *, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        faults = self._server.faults
        concerned = self.command != "HEAD" and content and re.search(faults.path, self.path) is not None
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": len(content), "Accept-Ranges": "bytes", **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if concerned and (faults.cuts or faults.empty):
            sent = len(content) // 2 if faults.cuts else 0
            faults.cuts, faults.empty = max(0, faults.cuts - 1), faults.empty - (not faults.cuts)
            self.wfile.write(content[:sent])
            self.wfile.flush()
            self.close_connection = True
        elif self.command != "HEAD":
            self.wfile.write(content)


def _root(url: str) -> dict[str, Any]:
    conforms = ["core", "collections", "item-search", "item-search#query"]
    links = {"self": "/", "root": "/", "data": "/collections"}
    return {
        "type": "Catalog", "stac_version": "1.0.0", "id": "loopback", "description": "simulated images",
        "conformsTo": [f"https://api.stacspec.org/v1.0.0/{name}" for name in conforms],
        "links": [{"rel": rel, "href": f"{url}{path}", "type": "application/json"} for rel, path in links.items()]
        + [{"rel": "search", "href": f"{url}/search", "type": "application/geo+json", "method": "POST"}],
    }  # fmt: skip


def _collection(url: str) -> dict[str, Any]:
    extent = {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [[None, None]]}}
    return {
        "type": "Collection", "stac_version": "1.0.0", "id": "sentinel-2-l2a", "description": "simulated", "license": "other",
        "extent": extent, "links": [{"rel": "root", "href": url}],
    }  # fmt: skip


def _found(server: Server, asked: dict[str, Any], *, page: int) -> dict[str, Any]:
    first, last = (pd.Timestamp(end) for end in asked["datetime"].split("/"))
    most = asked.get("query", {}).get("eo:cloud_cover", {}).get("lte", 100.0)
    wanted = [
        {**item, "assets": {key: {**one, "href": f"{server.url}/files/{one['href']}"} for key, one in item["assets"].items()}}
        for item in server.place.items
        if item["collection"] in asked["collections"]
        and first <= pd.Timestamp(item["properties"]["datetime"]) <= last
        and item["properties"]["eo:cloud_cover"] <= most
        and shape(item["geometry"]).intersects(shape(asked["intersects"]))
    ]
    part = wanted[page * PAGE : (page + 1) * PAGE]
    further = {"rel": "next", "href": f"{server.url}/search?page={page + 1}", "method": "POST", "body": {}, "merge": True}
    return {"type": "FeatureCollection", "features": part, "links": [further] if len(wanted) > (page + 1) * PAGE else []}
