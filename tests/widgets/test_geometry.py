import pytest

from widgets.map.geometry import collected, map_geometry, polygons, refitted, widened, zoom_for

SQUARE = {"type": "Polygon", "coordinates": [[[10, 20], [60, 20], [60, 70], [10, 20]]]}


def test_areas_are_taken_apart_and_put_together_again() -> None:
    feature = {"type": "Feature", "properties": {"name": "x"}, "geometry": SQUARE}
    both = {"type": "FeatureCollection", "features": [feature, {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]}]}
    assert polygons(None) == []
    assert polygons(both) == [SQUARE, SQUARE]
    assert collected([]) is None
    assert collected(polygons(feature)) == SQUARE
    assert polygons(collected([SQUARE, SQUARE])) == [SQUARE, SQUARE]


def test_only_polygons_make_an_area() -> None:
    with pytest.raises(ValueError, match="Point"):
        polygons({"type": "Point", "coordinates": [1, 2]})


def test_pixels_differ_from_the_map_by_the_sign_of_y_and_degrees_do_not() -> None:
    assert map_geometry(SQUARE, plain=True)["coordinates"][0][0] == [10, -20]
    assert map_geometry(map_geometry(SQUARE, plain=True), plain=True) == SQUARE
    assert map_geometry(SQUARE, plain=False) == SQUARE


def test_a_view_is_filled_by_its_longer_side() -> None:
    # 100 x 50 pixels of a scene in a view of 800 x 100 screen pixels: twice is all that fits.
    assert zoom_for(((-50.0, 0.0), (0.0, 100.0)), (800, 100), plain=True) == 1.0
    assert refitted(3.0, ((0.0, 0.0), (10.0, 20.0)), seen=((0.0, 0.0), (40.0, 40.0)), plain=True) == 4.0
    assert refitted(3.0, ((0.0, 0.0), (10.0, 20.0)), seen=(), plain=True) is None


def test_surroundings_grow_around_the_middle() -> None:
    assert widened(((10.0, 20.0), (20.0, 40.0)), 2.0) == ((5.0, 10.0), (25.0, 50.0))
