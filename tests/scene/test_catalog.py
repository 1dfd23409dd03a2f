"""A search in a catalogue on loopback, and scenes of what it finds."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import spexlab
from spexlab.scene import access, catalog
from spexlab.scene.items import band_names
from tests.support.catalogue import BANDS, Faults, Place, Server, served, simulated_place

JUNE = "2024-06"
HALF_A_NUMBER = 0.51e-4
"""Numbers are reflectance times 10,000, rounded; float32 adds a little."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Two days: one in two halves that overlap, of which one has ESA's offset, and one under cloud."""
    made = simulated_place(tmp_path_factory.mktemp("catalogue"))
    made.add("west", "2024-06-10", columns=slice(0, 80), offset=True)
    made.add("east", "2024-06-10", columns=slice(64, 128))
    made.add("cloudy", "2024-06-20", cloud=slice(0, 90))
    made.add("autumn", "2024-09-15", drained=True)
    return made


@pytest.fixture
def server(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(access, "PAUSE", 0.01)
    monkeypatch.setattr(catalog, "_PAUSE", 0.01)
    with served(place) as serving:
        yield serving


def search(server: Server, dates: object = JUNE, **options: object) -> spexlab.Items:
    return spexlab.search(server.place.area, dates=dates, catalog=server.url, **options)


def test_what_is_found_reads_as_a_table(server: Server) -> None:
    found = search(server)
    assert [item.id for item in found] == ["east", "west", "cloudy"]
    assert [path for _, path in server.asked].count("/search") == 2  # a page each two items
    assert found.dates == ["2024-06-10", "2024-06-20"]
    assert repr(found).splitlines()[0] == "<3 items of 2 days, 2024-06-10 to 2024-06-20>"
    assert "2024-06-20    70 % cloud  cloudy" in repr(found)
    table = found.to_dataframe()
    assert list(table.columns) == ["id", "collection", "date", "cloud_cover", "platform", "geometry"]
    assert table.crs.to_epsg() == 4326
    assert table.geometry[1].intersects(table.geometry[0])
    assert found[0].thumbnail == f"{server.url}/files/east/thumbnail.png"
    assert isinstance(found[1:], spexlab.Items)
    assert "<td>cloudy</td>" in found._repr_html_()


def test_items_cover_an_area_together(server: Server) -> None:
    found, area = search(server), server.place.area
    east, west = (found[number : number + 1].coverage(area) for number in (0, 1))
    assert (east, west) == (pytest.approx(0.49, abs=0.03), pytest.approx(0.62, abs=0.03))  # 64 and 80 of 128 columns
    assert found[:2].coverage(area) == pytest.approx(1.0)
    assert found[:0].coverage(area) == 0.0
    assert band_names(found[0]) == list(BANDS)


@pytest.mark.parametrize(
    ("dates", "ids"),
    [
        ("2024-06-20", ["cloudy"]),
        ("2024-06-11/2024-09-30", ["cloudy", "autumn"]),
        ((date(2024, 6, 20), "2024-07"), ["cloudy"]),
        ("2023", []),
    ],
)
def test_dates_in_any_spelling(server: Server, dates: object, ids: list[str]) -> None:
    assert [item.id for item in search(server, dates)] == ids


def test_cloud_is_limited(server: Server) -> None:
    assert [item.id for item in search(server, max_cloud=50)] == ["east", "west"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"dates": "June"}, "dates must be like 2024-06-01, 2024-06"),
        ({"dates": "2024-07/2024-06"}, "must begin before it ends"),
        ({"dates": ("2024", "2025", "2026")}, "but 3 were given"),
        ({"max_cloud": 120}, "0 to 100, but 120"),
        ({"collection": "landsat"}, "has no collection 'landsat'; it has sentinel-2-l2a"),
    ],
)
def test_what_cannot_be_searched_for_is_one_sentence(server: Server, options: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        search(server, **options)
    with pytest.raises(ValueError, match="or the URL of a STAC API, but 'nowhere' was given"):
        spexlab.search(server.place.area, dates=JUNE, catalog="nowhere")


def test_a_catalogue_that_fails_twice_is_asked_again(server: Server) -> None:
    server.faults = Faults(path="/search", failures=2)
    assert len(search(server)) == 3


@pytest.mark.parametrize(
    "faults", [Faults("/search", failures=99), Faults("/search", cuts=99), Faults("/search", empty=99), Faults("^/$", failures=99)]
)
def test_a_catalogue_that_stays_broken_is_named(server: Server, faults: Faults) -> None:
    server.faults = faults
    with pytest.raises(OSError, match=f"cannot search {server.url}: .*try again later"):
        search(server)


def test_a_catalogue_that_says_nothing_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "_SECONDS", 0.1)
    monkeypatch.setattr(catalog, "_ATTEMPTS", 2)
    server.faults = Faults("/search", seconds=1.0)
    with pytest.raises(OSError, match=f"cannot search {server.url}: .*timed out"):
        search(server)


def test_a_search_without_its_library_says_what_to_install(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pystac_client", None)
    with pytest.raises(ImportError, match=r"pip install 'spexlab\[search\]'"):
        search(server)


def test_items_of_one_day_make_one_picture_each_by_its_own_radiometry(server: Server) -> None:
    scene = spexlab.open_scene(search(server, "2024-06-10"), area=server.place.area, bands=BANDS)
    truth = server.place.truth.sel(x=scene["x"], y=scene["y"])
    assert scene.dims == ("band", "y", "x")
    assert scene.shape == (4, 126, 126)  # the area lies within the place
    assert float(abs(scene - truth).max()) <= HALF_A_NUMBER  # an offset that is missed would be 0.1
    assert scene.attrs["date"] == "2024-06-10"
    assert scene.attrs["title"] == "east and 1 more of 2024-06-10"
    assert "(west)" in scene.attrs["radiometry"]
    assert "(east)" in scene.attrs["radiometry"]
    assert not scene.attrs["radiometry_assumed"]


def test_a_cloud_is_filled_by_another_image_of_the_day(server: Server, place: Place) -> None:
    cloudy = [item for item in search(server) if item.id == "cloudy"]
    alone = spexlab.open_scene(cloudy, area=place.area, bands=BANDS)
    assert not np.isfinite(alone.sel(x=place.truth["x"][80], method="nearest")).any()
    assert np.isfinite(alone.sel(x=place.truth["x"][95], method="nearest")).all()
    assert "cloud" in alone.attrs["notes"]
    same_day = {**search(server)[1].content, "properties": {**search(server)[1].properties, "datetime": "2024-06-20T10:05:00Z"}}
    both = spexlab.open_scene([*cloudy, same_day], area=place.area, bands=BANDS)
    column = both.sel(x=place.truth["x"][40], method="nearest")
    assert float(abs(column - place.truth.sel(x=column["x"], y=column["y"])).max()) <= HALF_A_NUMBER
    assert not np.isfinite(both.sel(x=place.truth["x"][85], method="nearest")).any()  # beyond the western half


def test_several_days_have_a_time(server: Server, place: Place) -> None:
    series = spexlab.open_scene(search(server, "2024-06/2024-09"), area=place.area, bands=BANDS)
    assert series.dims == ("time", "band", "y", "x")
    assert [str(day)[:10] for day in series["time"].values] == ["2024-06-10", "2024-06-20", "2024-09-15"]
    assert series["title"].values.tolist() == ["east and 1 more of 2024-06-10", "cloudy", "autumn"]


def test_what_is_asked_for_lazily_reads_little_and_comes_to_the_same(server: Server, place: Place) -> None:
    found = search(server, "2024-06-10")
    lazy = spexlab.open_scene(found, area=place.area, bands=BANDS, chunks=64)
    assert lazy.chunks is not None
    assert np.array_equal(lazy.values, spexlab.open_scene(found, area=place.area, bands=BANDS).values, equal_nan=True)


def test_an_area_beyond_the_images_is_refused(server: Server) -> None:
    with pytest.raises(ValueError, match="none of the items shows the area"):
        spexlab.open_scene(search(server), area=(0, 0, 1, 1))
    with pytest.raises(ValueError, match="there are no items"):
        spexlab.open_scene(search(server, "2023"))


@pytest.mark.parametrize("faults", [Faults(r"blue\.tif", failures=2), Faults(r"blue\.tif", cuts=3), Faults(r"\.tif", empty=2)])
def test_an_asset_that_fails_twice_is_read_again(server: Server, place: Place, faults: Faults) -> None:
    found = search(server, "2024-06-10")
    server.faults = faults
    scene = spexlab.open_scene(found, area=place.area, bands=BANDS)
    assert float(abs(scene - place.truth.sel(x=scene["x"], y=scene["y"])).max()) <= HALF_A_NUMBER


@pytest.mark.parametrize("faults", [Faults(r"east/blue\.tif", failures=999), Faults(r"east/blue\.tif", empty=999)])
def test_an_asset_that_stays_broken_is_named_once(server: Server, place: Place, faults: Faults) -> None:
    found = search(server, "2024-06-10")
    server.faults = faults
    with pytest.raises(OSError, match=rf"cannot read {server.url}/files/east/blue\.tif .*\(4 attempts\).*try again later"):
        spexlab.open_scene(found, area=place.area, bands=BANDS)


def test_an_asset_that_breaks_while_it_is_read_lazily_is_named(
    server: Server, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    lazy = spexlab.open_scene(search(server, "2024-06-10"), area=place.area, bands=BANDS, chunks=64)
    monkeypatch.setattr(access, "SETTINGS", {**access.SETTINGS, **access.FRESH})  # else GDAL remembers so small a file
    server.faults = Faults(r"east/nir\.tif", failures=999)
    with pytest.raises(OSError, match=r"files/east/nir\.tif .*\(4 attempts\)"):
        lazy.load()


def test_an_asset_that_is_not_there_is_asked_for_once(server: Server, place: Place) -> None:
    found = search(server, "2024-06-10")
    found[0].content["assets"]["blue"]["href"] += ".missing"
    with pytest.raises(OSError, match=r"blue\.tif\.missing .*404"):
        spexlab.open_scene(found, area=place.area, bands=BANDS)
    assert [path for _, path in server.asked if path.endswith(".missing")] == ["/files/east/blue.tif.missing"] * 1


def test_a_slow_server_is_given_up(server: Server, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    found = search(server, "2024-06-10")
    monkeypatch.setattr(access, "ATTEMPTS", 2)
    monkeypatch.setattr(access, "SETTINGS", {**access.SETTINGS, "GDAL_HTTP_TIMEOUT": "1"})
    server.faults = Faults(r"east/red\.tif", seconds=1.5)
    with pytest.raises(OSError, match=r"cannot read .*east/red\.tif .*\(2 attempts\)"):
        spexlab.open_scene(found, area=place.area, bands=BANDS)


def test_items_in_a_file_are_a_scene(server: Server, place: Place, tmp_path: Path) -> None:
    found = search(server)
    file = found.write(tmp_path / "items.json")
    assert [item.id for item in spexlab.Items.read(file)] == ["east", "west", "cloudy"]
    assert spexlab.open_scene(file, area=place.area, bands=BANDS).sizes["time"] == 2
    for text, complaint in (("{", "it is not JSON"), ('{"type": "FeatureCollection", "features": [{}]}', "must hold STAC items")):
        (tmp_path / "broken.json").write_text(text)
        with pytest.raises(ValueError, match=complaint):
            spexlab.open_scene(tmp_path / "broken.json")


def test_a_key_is_fetched_when_an_image_is_opened(server: Server, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    found = search(server, "2024-06-10")[:1]
    files = {key: asset["href"] for key, asset in found[0].assets.items()}
    for key in files:
        found[0].content["assets"][key]["href"] = f"https://account.blob.core.windows.net/{key}"
    monkeypatch.setitem(sys.modules, "planetary_computer", None)
    with pytest.raises(ImportError, match="pip install planetary-computer"):
        spexlab.open_scene(found, area=place.area, bands=BANDS)
    signed = type(sys)("planetary_computer")
    signed.sign_url = lambda href: f"{files[href.rsplit('/')[-1]]}?key=secret"
    monkeypatch.setitem(sys.modules, "planetary_computer", signed)
    scene = spexlab.open_scene(found, area=place.area, bands=BANDS)
    assert "secret" not in str(scene.attrs)
