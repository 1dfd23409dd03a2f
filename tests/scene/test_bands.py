"""Which of a scene's bands serves as a wanted one."""

import numpy as np
import xarray as xr

from spexlab.scene.bands import find_bands, spyndex_letters, with_bands


def test_one_near_infrared_stands_for_the_other_only_where_there_is_none() -> None:
    assert spyndex_letters(["red", "nir08"]) == {"R": "red", "N": "nir08", "N2": "nir08"}
    assert spyndex_letters(["nir", "nir08"]) == {"N": "nir", "N2": "nir08"}
    assert find_bands(("nir", "red"), ["red", "nir08"]) == ["nir08", "red"]
    assert find_bands(("nir", "swir16"), ["nir", "nir08"]) is None


def test_bands_are_cut_in_the_scenes_own_order() -> None:
    given = ["nir08", "red", "green", "blue", "swir16"]
    scene = xr.DataArray(np.arange(5.0)[:, None, None], dims=("band", "y", "x"), coords={"band": given})
    cut = with_bands(scene, ("blue", "green", "red", "nir"))
    assert cut is not None
    assert cut["band"].values.tolist() == given[:4]
    assert cut.values.ravel().tolist() == [0.0, 1.0, 2.0, 3.0]
    assert with_bands(scene, ("blue", "coastal")) is None
    assert with_bands(scene, None).identical(scene)
