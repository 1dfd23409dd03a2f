"""What changed between two dates, and answers over time."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import xarray as xr

import spexlab
from spexlab import Timeline
from spexlab.extraction import Events
from spexlab.scene import mask_area, new_scene, pixel_areas
from spexlab.scene.naming import resolve_bands
from spexlab.scene.series import as_series
from tests.support.fakes import FakeSpex

BANDS = resolve_bands(["blue", "green", "red", "nir"], "sentinel-2")
WATER, FIELD = [0.06, 0.08, 0.05, 0.02], [0.04, 0.08, 0.05, 0.45]
SPEX = FakeSpex(window=64)


def scene(date: str, water: slice, *, side: int = 40, crs: str | None = "EPSG:32633", unknown: slice | None = None) -> xr.DataArray:
    """A field with water in some columns, of pixels of 10 m."""
    values = np.repeat(np.array(FIELD, np.float32)[:, None, None], side, axis=1).repeat(side, axis=2)
    values[:, :, water] = np.array(WATER, np.float32)[:, None, None]
    if unknown is not None:
        values[:, :, unknown] = np.nan
    place = {"y": 5_000_000 - 10 * (np.arange(side) + 0.5), "x": 500_000 + 10 * (np.arange(side) + 0.5)}
    grid = xr.DataArray(np.zeros((side, side)), dims=("y", "x"), coords=place)
    coords = grid.rio.write_crs(crs) if crs else None
    return new_scene(values, BANDS, coords=coords, sensor="sentinel-2", title=f"place of {date}", date=date)


def water(found: xr.DataArray, instruction: str = "water") -> spexlab.Extraction:
    answer = spexlab.extract(found, instruction, model=SPEX)
    assert isinstance(answer, spexlab.Extraction)
    return answer


@pytest.fixture(scope="module")
def change() -> spexlab.Change:
    before, after = scene("2024-06-10", slice(0, 20)), scene("2024-09-15", slice(5, 22), unknown=slice(30, 40))
    return spexlab.change(water(before), water(after))


def test_gained_lost_and_stable_add_up(change: spexlab.Change) -> None:
    table = change.table.set_index("kind")
    assert table["pixels"].to_dict() == {"lost": 5 * 40, "gained": 2 * 40, "stable": 15 * 40}
    areas = pixel_areas(change.before.scene)
    assert table.loc["lost", "area_m2"] == pytest.approx(mask_area(change.lost[0].values, areas))
    assert int(change.known.sum()) == 30 * 40  # what was not seen in September counts nowhere
    assert not (change.lost & change.gained).any()
    assert (table["deviation_m2"] > 0).all()
    assert change.dates == ("2024-06-10", "2024-09-15")


def test_every_claim_about_the_change_holds(change: spexlab.Change) -> None:
    claims = [claim for one in change.amounts for claim in one.claims]
    assert {claim.kind for claim in claims} >= {"area", "share"}
    assert all(claim.holds for claim in claims)
    assert (
        "Between 2024-06-10 and 2024-09-15 water was lost on 2.0 ha, 16.7 % of the area (by the probabilities 2.0 ha, "
        in change.explanation
    )


def test_chances_add_up_and_nothing_changes_where_nothing_differs(change: spexlab.Change) -> None:
    before = change.chances["lost"] + change.chances["stable"]
    known = np.isfinite(before.values)
    assert np.array_equal(known[0], change.known.values)
    # The fake cuts at one half, where a chance is its probability.
    assert np.allclose(before.values[known], change.before.probability.values[known], atol=1e-6)
    same = spexlab.change(change.before, change.before).table.set_index("kind")
    assert same.loc[["lost", "gained"], ["pixels", "expected_m2", "deviation_m2"]].to_numpy().sum() == 0


def test_a_change_is_written_as_a_raster_and_as_regions(change: spexlab.Change, tmp_path: Path) -> None:
    with rasterio.open(change.to_cog(tmp_path / "change.tif")) as file:
        assert file.descriptions == ("water",)
        counts = dict(zip(*np.unique(file.read(1), return_counts=True), strict=True))
        assert counts == {0: 8 * 40, 1: 15 * 40, 2: 2 * 40, 3: 5 * 40, 255: 10 * 40}
        assert json.loads(file.tags()["CLASSES"])["3"] == "lost"
        assert file.colormap(1)[3][:3] == (0xD9, 0x5F, 0x02)
    regions = gpd.read_parquet(change.to_geoparquet(tmp_path / "change.parquet"))
    assert regions[["kind", "pixels", "before"]].values.tolist() == [
        ["lost", 200, "2024-06-10"],
        ["gained", 80, "2024-06-10"],
        ["stable", 600, "2024-06-10"],
    ]
    assert change.to_geojson(tmp_path / "change.geojson").is_file()
    figure = change.plot()
    assert len(figure.subfigs[0].axes) == 3
    json.dumps(change.summary)
    assert "<table" in change._repr_html_()


def test_another_grid_is_brought_to_the_first_and_said() -> None:
    before = scene("2024-06-10", slice(0, 20))
    shifted = scene("2024-09-15", slice(0, 10)).rio.reproject("EPSG:32633", resolution=20)
    after = new_scene(shifted.values, BANDS, coords=shifted, sensor="sentinel-2", title="coarse", date="2024-09-15")
    found = spexlab.change(water(before), water(after))
    assert found.notes == ["The answer of 2024-09-15 was put on the grid of the earlier one."]
    assert found.table.set_index("kind")["pixels"].to_dict() == {"lost": 400, "gained": 0, "stable": 400}
    assert "No water was gained." in found.explanation


def test_what_cannot_be_compared_is_one_sentence() -> None:
    june, september = scene("2024-06-10", slice(0, 20)), scene("2024-09-15", slice(0, 10))
    for before, after, complaint in (
        (water(june), water(september, "trees"), "of the same targets, but before they are water, and after trees"),
        (water(june), water(september, "water in the north"), "keep to different conditions"),
        (water(september), water(june), "turn them around"),
        (water(june), water(scene("2024-09-15", slice(0, 10), side=30, crs=None)), "must share one grid"),
        (
            water(scene("2024-06-10", slice(0, 5), unknown=slice(20, 40))),
            water(scene("2024-09-15", slice(25, 30), unknown=slice(0, 20))),
            "there is none",
        ),
    ):
        with pytest.raises(ValueError, match=complaint):
            spexlab.change(before, after)


@pytest.fixture(scope="module")
def series() -> xr.DataArray:
    return as_series([scene(f"2024-{month}-10", slice(0, width)) for month, width in (("06", 20), ("07", 18), ("09", 10))])


def test_dates_are_told_as_they_are_looked_at(series: xr.DataArray) -> None:
    told: list[str] = []
    found = spexlab.extract(series, "water", model=SPEX, events=Events(moment=told.append))
    assert isinstance(found, Timeline)
    assert told == found.dates
    assert found.on("2024-07-10") is found[1]
    assert found.on("2024-07-11") is None


def test_a_change_is_made_anew_of_other_answers(series: xr.DataArray) -> None:
    found = spexlab.extract(series, "where did water disappear?", model=SPEX)
    assert isinstance(found, Timeline)
    assert found.change is not None
    nothing = found.with_answers([found[0], found[0]])
    assert nothing.asked is found.asked
    assert nothing.change is not None
    assert not nothing.change.lost.any()
    assert found.change.lost.any()


def test_an_answer_over_time_is_a_cube_and_a_table(series: xr.DataArray, tmp_path: Path) -> None:
    found = spexlab.extract(series, "water", model=SPEX)
    assert isinstance(found, Timeline)
    assert found.mask.dims == ("time", "target", "y", "x")
    assert found.mask.sum(("target", "y", "x")).values.tolist() == [800, 720, 400]
    assert found.table["date"].tolist() == ["2024-06-10", "2024-07-10", "2024-09-10"]
    assert found.table["share"].tolist() == [0.5, 0.45, 0.25]
    assert found.change is None
    assert len(found) == 3
    assert found[1:].dates == ["2024-07-10", "2024-09-10"]
    assert [len(line.get_xdata()) for line in found.plot().axes[0].lines] == [3]
    assert found.to_csv(tmp_path / "areas.csv").read_text().splitlines()[1].startswith("2024-06-10,water,800,")
    with xr.open_dataset(found.to_netcdf(tmp_path / "cube.nc"), engine="scipy") as cube:
        assert cube["mask"].sizes["time"] == 3
    json.dumps(found.summary)


def test_an_instruction_about_a_change_reaches_it(series: xr.DataArray) -> None:
    found = spexlab.extract(series, "where did water disappear between July and September?", model=SPEX)
    assert isinstance(found, Timeline)
    assert found.dates == ["2024-07-10", "2024-09-10"]
    assert found.change is not None
    assert int(found.change.lost.sum()) == 8 * 40
    assert found.explanation.startswith("Between 2024-07-10 and 2024-09-10 water was lost on 3.2 ha, 20.0 % of the area")
    assert found[0].request.left_out == ()
    assert found[0].provenance["instruction"] == "where did water disappear between July and September?"
    with pytest.raises(ValueError, match="there is no image of August"):
        spexlab.extract(series, "where did water appear since August", model=SPEX)


def test_an_area_is_looked_at_on_every_date(series: xr.DataArray) -> None:
    left, bottom, right, top = scene("2024-06-10", slice(0, 5)).rio.transform_bounds("EPSG:4326")
    found = spexlab.extract(series, "water", model=SPEX, area=(left, bottom, (left + right) / 2, top))
    assert found.mask.sizes["x"] < 25
