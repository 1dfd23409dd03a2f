import json
from collections.abc import Iterator

import numpy as np
import pytest

import spexlab
from spexlab.evidence.prior import available_indices, spectral_index, spectral_prior
from spexlab.extraction import Extraction, extract
from tests.support.apps import picture
from tests.support.fakes import FakeSpex
from widgets.map.layers import BASEMAPS, Layers
from widgets.map.mapview import MapView
from widgets.map.overlay import TRANSPARENT, Overlay
from widgets.parts.indices import COMMON, index_options


@pytest.fixture
def layers() -> Layers:
    made = Layers(MapView())
    made.set_scene(spexlab.sample_scene().isel(y=slice(0, 60), x=slice(0, 80)))
    return made


@pytest.fixture
def found(layers: Layers) -> Iterator[Extraction]:
    result = extract(layers._scene, "vegetation and water", area=(10, 10, 50, 40), model=FakeSpex(window=64))
    for target in result.targets:
        layers._view.set_mask(target, result.mask.sel(target=target))
    layers.set_result(result)
    return result


def shown(layers: Layers, pane: str) -> Overlay | None:
    """What a pane shows; None where it is empty or hidden."""
    layer = next((layer for (where, _), layer in layers._view._pictures.items() if where == pane), None)
    if layer is None or layer.url == TRANSPARENT or layer.opacity == 0:
        return None
    return Overlay(layer.url, layer.bounds)


def test_only_indices_that_the_bands_allow_are_offered_the_common_ones_first(layers: Layers) -> None:
    offered = [name for _, name in layers._indices.options]
    assert sorted(offered) == sorted(available_indices(layers._scene))
    assert "MNDWI" not in offered
    assert offered[:3] == ["NDVI", "EVI", "SAVI"]
    assert set(offered[:4]) <= set(COMMON)


def test_indices_are_searched_by_name_and_by_meaning(layers: Layers) -> None:
    layers._search.value = "WATER"
    assert layers.index == "NDWI"
    layers._search.value = "no such index"
    assert layers.index == "NDWI"
    layers._search.value = ""
    assert layers.index == "NDWI"
    assert len(layers._indices.options) == len(index_options(layers._scene))


def test_an_index_is_painted_when_it_is_asked_for_with_its_limits_beside_it(layers: Layers) -> None:
    assert shown(layers, "index") is None
    layers.rows["index"].visible = True
    codes = np.asarray(picture(shown(layers, "index")))
    values = spectral_index(layers._scene, "NDVI").values
    low, high = np.percentile(values, (2, 98))
    assert f"{low:.2g}" in layers.rows["index"].legend.value
    assert f"{high:.2g}" in layers.rows["index"].legend.value
    rows, columns = np.unravel_index([np.argmin(values), np.argmax(values)], values.shape)
    assert codes[rows, columns].tolist() == [1, 255]
    before = shown(layers, "index")
    layers.index = "NDWI"
    assert shown(layers, "index") != before
    layers.rows["index"].visible = False
    assert shown(layers, "index") is None


def test_probability_and_prior_wait_for_a_result_and_follow_the_target(layers: Layers) -> None:
    assert layers.rows["probability"].check.disabled
    layers.rows["probability"].visible = layers.rows["prior"].visible = True
    assert shown(layers, "probability") is None
    result = extract(layers._scene, "vegetation and water", model=FakeSpex(window=64))
    layers.set_result(result)
    assert layers._targets.options == ("water", "vegetation")
    codes = np.asarray(picture(shown(layers, "probability"))).astype(float)
    assert (codes - 1) / 254 == pytest.approx(result.probability.sel(target="water").values, abs=1 / 250)
    assert "NDWI &gt; -0.10" in layers.rows["prior"].legend.value
    layers.target = "vegetation"
    assert "NDVI &gt; 0.15" in layers.rows["prior"].legend.value
    assert spectral_prior(layers._scene, "vegetation").mask.any()
    assert shown(layers, "prior") is not None
    layers.set_result(None)
    assert shown(layers, "prior") is shown(layers, "probability") is None


def test_a_layer_without_an_infrared_band_says_so() -> None:
    layers = Layers(MapView())
    layers.set_scene(spexlab.sample_scene().isel(y=slice(0, 40), x=slice(0, 40)).sel(band=["blue", "green", "red"]))
    layers.rows["prior"].visible = True
    layers.set_result(extract(layers._scene, "water", model=FakeSpex(window=64)))
    assert "infrared" in layers.rows["prior"].legend.value
    assert shown(layers, "prior") is None


def test_swiping_shows_one_layer_on_each_side_of_the_line(layers: Layers, found: Extraction) -> None:  # noqa: ARG001
    layers.left, layers.right, layers.position = "index", "mask", 0.25
    layers.swiping = True
    rules = layers._view._swipe_rules.value
    # The index covers the scene's 80 columns, the mask columns 10 to 50: the line at column 20 cuts it after a quarter.
    assert "leaflet-index-pane img { clip-path: inset(0 75.000% 0 0); }" in rules
    assert "leaflet-mask-pane img { clip-path: inset(0 0 0 25.000%); }" in rules
    assert shown(layers, "index") is not None
    assert shown(layers, "probability") is None
    layers.position = 1.0
    assert "inset(0 0 0 100.000%)" in layers._view._swipe_rules.value
    layers.swiping = False
    assert layers._view._swipe_rules.value == ""
    assert shown(layers, "index") is None


def test_settings_come_back_as_they_were(layers: Layers) -> None:
    layers.composite, layers.index, layers.position = "false colour", "NDWI", 0.7
    layers.rows["index"].visible, layers.rows["mask"].opacity = True, 0.35
    kept = layers.settings
    other = Layers(MapView())
    other.set_scene(layers._scene)
    other.settings = kept
    assert other.settings == kept
    assert shown(other, "index") == shown(layers, "index")


def test_another_scene_offers_its_own_and_forgets_the_last(layers: Layers, found: Extraction) -> None:  # noqa: ARG001
    layers.rows["index"].visible = True
    placed, _ = spexlab.simulate_scene(1, size=64)
    assert layers._basemap.disabled
    layers.set_scene(placed)
    assert not layers._basemap.disabled
    assert layers._basemap.value == ""
    assert "MNDWI" in [name for _, name in layers._indices.options]
    assert shown(layers, "mask") is None
    assert shown(layers, "index") is not None
    assert layers.rows["probability"].check.disabled


@pytest.mark.parametrize("name", [name for name, address in BASEMAPS.items() if address])
def test_a_basemap_is_added_on_request_only_and_lies_below_the_scene(name: str) -> None:
    layers = Layers(MapView())
    layers.set_scene(spexlab.simulate_scene(1, size=64)[0])
    assert not any("http" in getattr(layer, "url", "") for layer in layers._view._map.layers)
    layers._basemap.value = BASEMAPS[name]
    assert layers._view._map.layers[0].url.startswith("http")
    layers._basemap.value = ""
    assert not any("http" in getattr(layer, "url", "") for layer in layers._view._map.layers)


def test_an_index_that_cannot_be_computed_leaves_the_other_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = Layers(MapView())
    layers.set_scene(spexlab.sample_scene())

    def unreadable(*_: object) -> None:
        raise OSError("the <file> is gone")

    monkeypatch.setattr("widgets.map.layers.spectral_index", unreadable)
    layers.rows["index"].visible = True
    assert "the &lt;file&gt; is gone" in layers.rows["index"].legend.value
    layers.set_scene(spexlab.simulate_scene(3, size=64)[0])
    assert layers.rows["mask"].visible


def test_a_chosen_colour_is_that_of_the_mask_of_its_legend_and_of_the_masks_to_come(layers: Layers, found: Extraction) -> None:
    before = shown(layers, "mask")
    picker = layers._mask_colours.children[0]
    picker.value = "#ff0000"
    target = picker.description
    assert layers.colours == {target: "#ff0000"}
    assert shown(layers, "mask") != before
    palette = picture(shown(layers, "mask")).getpalette()
    assert palette[3:6] == [255, 0, 0]
    assert f"--spx-colour-{target}: #ff0000" in layers._view._colour_rules.value
    layers.set_result(found)
    assert layers._mask_colours.children[0].value == "#ff0000"


def test_own_bands_stretch_and_colours_are_kept_and_taken_up_again(layers: Layers) -> None:
    layers.composite, layers.stretch, layers.colours = "nir, red, green", (5.0, 90.0), {"water": "#00ff00"}
    kept = json.loads(json.dumps(layers.settings))
    other = Layers(MapView())
    other.set_scene(layers._scene)
    other.settings = kept
    assert (other.composite, other.stretch, other.colours) == ("nir, red, green", (5.0, 90.0), {"water": "#00ff00"})
    assert shown(other, "scene") == shown(layers, "scene")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colours", {"water": "red; } body { display: none"}),
        ("colours", {"nosuch": "#ff0000"}),
        ("colours", ["#ff0000"]),
        ("stretch", [90, 10]),
        ("composite", "nir, red, nosuch"),
    ],
)
def test_settings_that_are_no_colours_stretch_or_bands_are_refused(layers: Layers, name: str, value: object) -> None:
    before = layers.settings
    with pytest.raises((TypeError, ValueError)):
        layers.settings = {**before, name: value}
    assert layers.settings == before


def test_layers_are_behind_one_button_on_the_map(layers: Layers) -> None:
    assert "spx-unfolded" not in layers._dom_classes
    layers.opener.value = True
    assert "spx-unfolded" in layers._dom_classes
