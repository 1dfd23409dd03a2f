"""What a spectral index alone knows about a scene: index -> threshold -> mask. Numbers only.

Every formula comes from spyndex (its 280 indices, with their references); the thresholds stand with their targets.
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import spyndex
import xarray as xr
from numpy.typing import NDArray
from skimage.filters import threshold_otsu

from spexlab.scene.bands import SPYNDEX, spyndex_letters
from spexlab.targets import TARGETS, IndexRecipe, UnknownTargetError, target_names

MODEL_INDICES = ("NDVI", "NDWI", "MNDWI", "NDBI", "BI", "NDSI")
"""The index channels that a model may read beside the bands."""

_WAVELENGTH_CONSTANTS = {f"lambda{letter}": letter for letter in ("G", "R", "N", "N2", "S1", "S2")}


@dataclass(frozen=True, eq=False)
class Prior:
    """What one index says about one target."""

    target: str
    index: str
    threshold: float
    sign: Literal[1, -1]
    """+1: the target lies above the threshold; -1: below."""
    values: Any
    """(H, W) float32 index, NaN = unknown; a Dask array in a lazy prior."""
    mask: Any
    """(H, W) beyond the threshold, water (for built-up and bare targets) or dark pixels (for snow) removed."""

    @property
    def signed(self) -> NDArray[np.float32]:
        """(H, W) distance to the threshold, above 0 exactly in the mask, 0 where the index is unknown.

        A pixel beyond the threshold but removed from the mask counts as far from it on the other side.
        """
        distance: NDArray[np.float32] = np.nan_to_num(self.sign * (self.values - np.float32(self.threshold)), nan=0.0)
        return np.where(self.mask, distance, -np.abs(distance))


def available_indices(scene: xr.DataArray) -> list[str]:
    """List the spyndex indices that the scene's bands allow, in spyndex's order."""
    known = _known_letters(scene)
    return [name for name, index in spyndex.indices.items() if known.issuperset(index.bands)]


def recipes_for(scene: xr.DataArray, target: str) -> list[IndexRecipe]:
    """List the target's recipes that the scene's bands allow, the preferred one first."""
    return list(_allowed(scene, TARGETS[target].indices))


def spectral_index(scene: xr.DataArray, name: str) -> xr.DataArray:
    """Compute a spectral index.

    Parameters
    ----------
    scene : xarray.DataArray
        (band, y, x) reflectance 0-1, NaN = nodata.
    name : str
        spyndex short name, for example "NDVI".

    Returns
    -------
    xarray.DataArray
        (y, x) float32, lazy where the scene is; NaN where the scene has no data or the formula divides by zero.

    Raises
    ------
    ValueError
        If there is no such index, or the scene lacks a band that it needs.
    """
    if name not in spyndex.indices:
        near = difflib.get_close_matches(name, spyndex.indices, n=3, cutoff=0.5) or ["NDVI", "NDWI"]
        raise ValueError(f"unknown spectral index {name!r}; spyndex has {len(spyndex.indices)}, for example {', '.join(near)}")
    index, known = spyndex.indices[name], _parameters(scene)
    missing = [band for band in index.bands if band not in known]
    if missing:
        stac = {letter: band for band, letter in SPYNDEX.items()}
        needed = ", ".join(f"{stac.get(letter, 'another input')} ({letter})" for letter in missing)
        raise ValueError(f"{name} needs {needed}, which the scene does not have; its bands: {', '.join(_band_names(scene))}")
    with np.errstate(all="ignore"):
        computed = spyndex.computeIndex(name, params={band: known[band] for band in index.bands})
        grid = {axis: scene.coords[axis] for axis in scene.coords if "band" not in scene.coords[axis].dims}
        values = xr.DataArray(computed, coords=grid, dims=("y", "x"), name=name)
        if name == "EVI":
            values = _tamed_evi(values, known)
        values = values.where(np.isfinite(values)).astype(np.float32)
    return values.assign_attrs(long_name=index.long_name, formula=index.formula)


def index_stack(scene: xr.DataArray) -> NDArray[np.float32]:
    """Compute `MODEL_INDICES` as (6, H, W) float32, NaN where the scene has no data or lacks the bands of an index."""
    stack = np.full((len(MODEL_INDICES), *scene.shape[1:]), np.nan, np.float32)
    allowed = set(available_indices(scene))
    for channel, name in zip(stack, MODEL_INDICES, strict=True):
        if name in allowed:
            channel[:] = spectral_index(scene, name).values
    return stack


def spectral_prior(
    scene: xr.DataArray,
    target: str,
    *,
    index: str | None = None,
    threshold: Literal["fixed", "otsu"] | float = "fixed",
    sign: Literal[1, -1] | None = None,
) -> Prior | None:
    """Find a target by a spectral index alone.

    Parameters
    ----------
    scene : xarray.DataArray
        (band, y, x) reflectance 0-1, NaN = nodata.
    target : str
        One of `spexlab.targets.TARGETS`.
    index : str, optional
        Any spyndex index; the first of the target's recipes that the bands allow unless told.
    threshold : {"fixed", "otsu"} or float
        "fixed" is the recipe's; "otsu" separates the two groups of this scene's own values (Otsu 1979).
    sign : {1, -1}, optional
        1 if the target lies above the threshold, -1 if below; the recipe's unless told, 1 for other indices.

    Returns
    -------
    Prior or None
        None where the scene has the bands of none of the target's recipes (RGB only, say): a visible-only index is no evidence.

    Raises
    ------
    ValueError
        If the target is unknown, the given index cannot be computed, has no fixed threshold for this target, or "otsu" meets
        an index without two different values (it never falls back to another threshold silently).
    """
    if target not in target_names():
        raise UnknownTargetError(target)
    recipes = {recipe.name: recipe for recipe in TARGETS[target].indices}
    name = index or next((recipe.name for recipe in _allowed(scene, TARGETS[target].indices)), None)
    if name is None:
        return None
    values = np.asarray(spectral_index(scene, name).values)
    removed = np.asarray(_removed(scene, target))
    limit = _threshold(threshold, recipes.get(name), np.where(removed, np.nan, values), asked=f"{name} for {target}")
    side = sign or (recipes[name].sign if name in recipes else 1)
    mask = IndexRecipe(name, limit, side).holds(values) & ~removed
    return Prior(target=target, index=name, threshold=limit, sign=side, values=values, mask=mask)


def lazy_prior(scene: xr.DataArray, target: str) -> Prior | None:
    """The same by the target's own recipe, of a lazy scene: values and mask are Dask arrays, and nothing is read."""
    recipe = next(iter(recipes_for(scene, target)), None)
    if recipe is None:
        return None
    values = spectral_index(scene, recipe.name).data
    mask = recipe.holds(values) & ~_removed(scene, target)
    return Prior(target=target, index=recipe.name, threshold=recipe.threshold, sign=recipe.sign, values=values, mask=mask)


def _band_names(scene: xr.DataArray) -> list[str]:
    return [str(name) for name in scene["band"].values]


def _known_letters(scene: xr.DataArray) -> set[str]:
    """Everything that spyndex may ask for and this scene can answer."""
    letters = spyndex_letters(_band_names(scene))
    constants = {name for name, c in spyndex.constants.items() if c.default is not None}
    return {*letters, *constants, *(k for k, v in _WAVELENGTH_CONSTANTS.items() if v in letters)}


def _parameters(scene: xr.DataArray) -> dict[str, Any]:
    """Bands by letter, as plain (H, W) arrays, constants with a default, and the bands' wavelengths."""
    names, wavelengths = _band_names(scene), scene["wavelength"].values
    rows = {letter: names.index(name) for letter, name in spyndex_letters(names).items()}
    constants = {name: float(c.default) for name, c in spyndex.constants.items() if c.default is not None}
    lambdas = {k: float(wavelengths[rows[v]]) for k, v in _WAVELENGTH_CONSTANTS.items() if v in rows}
    return constants | lambdas | {letter: scene.data[row] for letter, row in rows.items()}


def _tamed_evi(values: xr.DataArray, known: dict[str, Any]) -> xr.DataArray:
    """Keep EVI within -1 to 1; where its denominator is not positive (snow, cloud, bright roofs) its sign is wrong: NaN."""
    denominator = known["N"] + known["C1"] * known["R"] - known["C2"] * known["B"] + known["L"]
    return values.clip(-1.0, 1.0).where(denominator > 0)


def _allowed(scene: xr.DataArray, recipes: Iterable[IndexRecipe]) -> Iterator[IndexRecipe]:
    known = {*spyndex_letters(_band_names(scene)), *spyndex.constants}
    return (recipe for recipe in recipes if known.issuperset(_bands_of(recipe.name)))


def _bands_of(name: str) -> tuple[str, ...]:
    return tuple(spyndex.indices[name].bands) if name in spyndex.indices else (name,)


def _removed(scene: xr.DataArray, target: str) -> Any:
    """(H, W) pixels that cannot be the target although its index may say so."""
    rule = next(_allowed(scene, TARGETS[target].removed), None)
    if rule is None:
        return np.zeros(scene.shape[1:], bool)
    band = None if rule.name in spyndex.indices else spyndex_letters(_band_names(scene))[rule.name]
    values = spectral_index(scene, rule.name) if band is None else scene.sel(band=band)
    return rule.holds(values.data)


def _threshold(wanted: str | float, recipe: IndexRecipe | None, values: NDArray[np.float32], *, asked: str) -> float:
    if wanted == "fixed":
        if recipe is None:
            raise ValueError(f'no fixed threshold is known for {asked}; give a number or "otsu"')
        return recipe.threshold
    if wanted == "otsu":
        finite = values[np.isfinite(values)]
        if finite.size == 0 or finite.min() == finite.max():
            raise ValueError(f"Otsu's threshold needs two different values of {asked}, but there are none here; give a number")
        return float(threshold_otsu(finite))
    if isinstance(wanted, str) or not np.isfinite(wanted):
        raise ValueError(f'threshold must be "fixed", "otsu" or a finite number, but {wanted!r} was given')
    return float(wanted)
