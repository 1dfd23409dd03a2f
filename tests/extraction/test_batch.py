import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pystac
import pytest
import rasterio

import spexlab
from spexlab.extraction import batch as batches
from spexlab.extraction.batch import Batch, extract_many
from spexlab.targets import UnknownTargetError
from tests.support.fakes import FakeSpex
from tests.support.rasters import BGRN, write

OPENING = {"sensor": "sentinel-2", "scale": 1e-4}
WATER, FIELD = (600, 800, 500, 200), (400, 800, 500, 4500)


def write_scene(path: Path, *, share: int = 2, **facts: object) -> Path:
    """Water in the left part, a field in the rest."""
    values = np.empty((4, 40, 40), np.uint16)
    values[:] = np.array(FIELD)[:, None, None]
    values[:, :, : 40 // share] = np.array(WATER)[:, None, None]
    return write(path, values, names=BGRN, tags={"DATETIME": "2024-06-0" + str(share)}, **facts)


@pytest.fixture
def scenes(tmp_path: Path) -> list[Path]:
    """Three good scenes, one of them on another grid, and two broken ones."""
    folder = tmp_path / "in"
    folder.mkdir()
    good = [write_scene(folder / f"good{share}.tif", share=share) for share in (2, 4)]
    other = write_scene(folder / "south.tif", share=5, crs=32733)
    broken = folder / "broken.tif"
    broken.write_bytes(good[0].read_bytes()[:400])
    return [good[0], broken, good[1], other, folder / "missing.tif"]


def test_every_scene_is_done_or_listed_with_its_reason(scenes: list[Path], tmp_path: Path) -> None:
    done = extract_many(scenes, "water", to=tmp_path / "out", model=FakeSpex(), opening=OPENING)
    assert done.done == ["good2", "good4", "south"]
    assert sorted(done.failed) == ["broken", "missing"]
    assert "missing.tif" in done.failed["missing"]
    assert repr(done).endswith("3 scenes done, 2 failed>")
    with rasterio.open(done.item("good4") / "mask.tif") as file:
        assert (file.read(1) == 1).mean() == 1 / 4
    assert not list((tmp_path / "out").rglob(".spexlab-*"))


def test_the_results_are_one_geoparquet_with_provenance(scenes: list[Path], tmp_path: Path) -> None:
    done = extract_many(scenes, "water", to=tmp_path / "out", model=FakeSpex(), opening=OPENING)
    regions = gpd.read_parquet(tmp_path / "out" / "regions.parquet")
    assert regions.crs.to_epsg() == 4326
    assert regions["name"].tolist() == ["good2", "good4", "south"]
    assert regions["crs"].tolist() == ["EPSG:32633", "EPSG:32633", "EPSG:32733"]
    assert set(regions["instruction"]) == {"water"}
    assert set(regions["model"]) == {"fake"}
    assert regions["date"].tolist() == ["2024-06-02", "2024-06-04", "2024-06-05"]
    assert regions.total_bounds[0] == pytest.approx(15, abs=0.01)
    assert len(done.regions) == 3


def test_the_results_are_a_stac_collection(scenes: list[Path], tmp_path: Path) -> None:
    extract_many(scenes, "water", to=tmp_path / "out", model=FakeSpex(), opening=OPENING)
    collection = pystac.Collection.from_file(str(tmp_path / "out" / "collection.json"))
    items = {item.id: item for item in collection.get_items()}
    assert sorted(items) == ["good2", "good4", "south"]
    item = items["good4"]
    assert item.datetime.date().isoformat() == "2024-06-04"
    assert item.properties["spexlab:instruction"] == "water"
    assert item.properties["spexlab:provenance"]["bands"] == BGRN
    assert item.properties["spexlab:targets"]["water"]["share"] == 1 / 4
    assert Path(item.assets["mask"].get_absolute_href()).is_file()
    assert Path(item.assets["regions"].get_absolute_href()).is_file()
    assert item.bbox[0] == pytest.approx(15, abs=0.01)
    assert collection.extra_fields["spexlab:failed"].keys() == {"broken", "missing"}
    assert Path(collection.assets["regions"].get_absolute_href()).is_file()


def test_what_is_done_stays_and_what_failed_can_be_retried(scenes: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    extract_many(scenes, "water", to=out, model=FakeSpex(), opening=OPENING)
    before = {path: path.stat().st_mtime_ns for path in (out / "items").rglob("*.*")}
    scenes[1].write_bytes(scenes[0].read_bytes())
    again = extract_many(scenes, "water", to=out, model=FakeSpex(), opening=OPENING)
    assert sorted(again.failed) == ["broken", "missing"]
    mended = extract_many(scenes, "water", to=out, model=FakeSpex(), opening=OPENING, retry=True)
    assert mended.done == ["broken", "good2", "good4", "south"]
    assert list(mended.failed) == ["missing"]
    assert len(mended.regions) == 4
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_scene_without_a_place_on_earth_is_kept_without_geometry(tmp_path: Path) -> None:
    done = extract_many({"sample": spexlab.sample_scene()}, "water", to=tmp_path / "out", model=FakeSpex())
    (item,) = done.collection.get_items()
    assert (item.geometry, item.bbox) == (None, None)
    assert item.properties["spexlab:date"] == ""
    assert done.regions.geometry.isna().all()
    assert done.regions["crs"].isna().all()
    assert len(done.regions) > 0


def test_nothing_found_is_a_result(tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "a.tif")
    done = extract_many([scene], "snow", to=tmp_path / "out", model=FakeSpex(), opening=OPENING)
    assert done.done == ["a"]
    assert len(done.regions) == 0


def test_areas_are_looked_at_in_every_scene(scenes: list[Path], tmp_path: Path) -> None:
    box = {"type": "Polygon", "coordinates": [[[15.0, 52.346], [15.002, 52.346], [15.002, 52.348], [15.0, 52.348], [15.0, 52.346]]]}
    done = extract_many(
        [scenes[0], scenes[3]], "water", to=tmp_path / "out", areas={"west": box}, model=FakeSpex(), opening=OPENING
    )
    assert done.done == ["good2-west"]
    assert "outside the scene" in done.failed["south-west"]


def test_a_folder_keeps_to_what_it_was_begun_with(scenes: list[Path], tmp_path: Path) -> None:
    extract_many(scenes[:1], "water", to=tmp_path / "out", model=FakeSpex(), opening=OPENING)
    with pytest.raises(ValueError, match="begun with, but instruction was"):
        extract_many(scenes[:1], "vegetation", to=tmp_path / "out", model=FakeSpex(), opening=OPENING)
    with pytest.raises(ValueError, match=r"threshold was None, now 0\.3"):
        extract_many(scenes[:1], "water", to=tmp_path / "out", model=FakeSpex(), opening=OPENING, threshold=0.3)


@pytest.mark.parametrize(
    ("sources", "reason"),
    [([], "needs scenes"), (["a/x.tif", "b/x.tif"], "two are called 'x'"), ({"../x": "a.tif"}, "the name of a scene")],
)
def test_scenes_need_names(sources: object, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=reason):
        extract_many(sources, "water", to=tmp_path / "out", model=FakeSpex())
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_asked_is_no_scenes_failure(scenes: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UnknownTargetError):
        extract_many(scenes, "unicorns", to=tmp_path / "out", model=FakeSpex())
    with pytest.raises(ValueError, match="probability between 0 and 1"):
        extract_many(scenes, "water", to=tmp_path / "out", model=FakeSpex(), threshold=7.0)
    assert not (tmp_path / "out").exists()


def test_results_that_cannot_be_written_stop_the_batch(scenes: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(batches.running, "store", full)
    with pytest.raises(OSError, match="the disk is full"):
        extract_many(scenes, "water", to=tmp_path / "out", model=FakeSpex(), opening=OPENING)
    assert Batch(tmp_path / "out").done == []
    assert Batch(tmp_path / "out").failed == {}


_RUN = """
import sys, time
from pathlib import Path
from spexlab.extraction.batch import extract_many, running
from tests.support.fakes import FakeSpex

folder, out = Path(sys.argv[1]), Path(sys.argv[2])
keep = running.store

def slow(extraction, name, made):
    keep(extraction, name, made)
    with (out.parent / "log").open("a") as log:
        log.write(name + "\\n")
    time.sleep(0.05)  # a moment in which all is written and nothing is there yet

running.store = slow
extract_many(sorted(folder.glob("*.tif")), "water", to=out, model=FakeSpex(), opening={"sensor": "sentinel-2", "scale": 1e-4})
"""


def test_a_batch_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for number in range(12):
        write_scene(folder / f"s{number:02}.tif", share=2 + number % 4)
    for number in (3, 8):
        (folder / f"s{number:02}.tif").write_bytes(b"no picture")
    made: dict[str, int] = {}
    for fewest in (2, 6):
        process = subprocess.Popen([sys.executable, "-c", _RUN, str(folder), str(out)])
        while process.poll() is None and (not out.is_dir() or len(Batch(out).done) < fewest):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = Batch(out).done
        assert fewest <= len(done) < 10
        for name in done:
            assert made.setdefault(name, (Batch(out).item(name) / "mask.tif").stat().st_mtime_ns)
        assert not (out / "collection.json").exists()
    subprocess.run([sys.executable, "-c", _RUN, str(folder), str(out)], check=True, timeout=120)
    batch = Batch(out)
    assert batch.done == [f"s{number:02}" for number in range(12) if number not in (3, 8)]
    assert sorted(batch.failed) == ["s03", "s08"]
    assert all((batch.item(name) / "mask.tif").stat().st_mtime_ns == at for name, at in made.items())
    assert sorted(item.id for item in batch.collection.get_items()) == batch.done
    assert batch.regions["name"].tolist() == batch.done
    written = (tmp_path / "log").read_text().split()
    assert len(written) - len(set(written)) <= 2  # only what the two kills caught before it had its name
    assert not list(out.rglob(".spexlab-*"))
    assert json.loads((out / "batch.json").read_text())["instruction"] == ["water"]
