"""Public labelled sets, read where they lie; nothing is downloaded.

Layouts and legends: Chesapeake Land Cover after its page at LILA BC and TorchGeo's ``ChesapeakeCVPR``; SegMunich after
SpectralGPT's loader (``downstream_tasks/SegMunich/TUM_128.py``) and the bands that GFM-Bench states; SpaceNet 2 after TorchGeo's
``SpaceNet2`` and Raster Vision's example.
"""

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio.features
import rioxarray
import xarray as xr
from numpy.typing import NDArray

from spexlab.places.labelled import Place
from spexlab.places.pairs import Legend, apply_legend, covered_classes, read_codes
from spexlab.scene import SceneWarning, open_scene
from spexlab.scene.grid import crs_of, transform_of
from spexlab.targets import CLASSES, KNOWN_NEGATIVE

_WINDOW = 1024
_SPLITS = {"train": "training", "val": "validation", "test": "test"}


@dataclass(frozen=True)
class PublicSet:
    """A set that others publish."""

    title: str
    page: str
    """Where to download it."""
    tree: str
    """What its folder holds."""
    licence: str
    places: Callable[[Path], Iterator[Place]]


# Its low vegetation is lawns and tilled fields alike, so it says nothing about either; "other" keeps it as a background.
_CHESAPEAKE: Legend = {1: "water", 2: "trees", 3: "other", 4: "bare", 5: "impervious", 6: "impervious"}
_CHESAPEAKE_FOLDER = re.compile(r"[a-z]{2}_1m_\d{4}_extended-debuffered-(train|val|test)_tiles")

# CORINE's codes as the label files hold them, and 1 to 12 as loaders renumber them; permanent crops (orchards and vineyards) and
# green urban areas are mixtures that stay unlabelled.
_SEGMUNICH: Legend = {
    21: "cropland", 23: "low vegetation", 31: "trees", 5: "water", 32: "low vegetation", 33: "bare", 41: "wetland", 13: "bare",
    11: "impervious", 12: "buildings",
    1: "cropland", 3: "low vegetation", 4: "trees", 6: "low vegetation", 7: "bare", 8: "wetland", 9: "bare",
}  # fmt: skip
_SEGMUNICH_BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B8A", "B11", "B12")

_SPACENET_BANDS = ("coastal", "blue", "green", "yellow", "red", "rededge", "nir", "nir2")


def open_public_set(name: str, folder: str | Path) -> Iterator[Place]:
    """Read the places of a public set.

    Parameters
    ----------
    name : str
        One of `PUBLIC_SETS`.
    folder : str or Path
        Where the set lies, as it was unpacked.

    Raises
    ------
    ValueError
        If no such set is known.
    FileNotFoundError
        If the folder does not hold it; the message gives the page to download it from and the tree that is expected.
    """
    if name not in PUBLIC_SETS:
        raise ValueError(f"public sets are {', '.join(PUBLIC_SETS)}, but {name!r} was given; name one of them.")
    chosen, empty = PUBLIC_SETS[name], True
    for place in chosen.places(Path(folder).expanduser()):
        empty = False
        place.extra.update(source=f"{chosen.title}, {chosen.page}", label_source=chosen.title, licence={"set": chosen.licence})
        yield place
    if empty:
        raise FileNotFoundError(
            f"{chosen.title} is not in {str(folder)!r}: download it from {chosen.page} and unpack it so that the folder holds "
            f"{chosen.tree}."
        )


def _open(source: Any, **options: Any) -> xr.DataArray:
    """Open a scene of a set that states no radiometry: what is assumed stands in its attributes, and is not said chip by chip."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SceneWarning)
        return open_scene(source, **options)


def _chesapeake(folder: Path) -> Iterator[Place]:
    for image in sorted(folder.rglob("*_naip-new.tif")):
        matched = _CHESAPEAKE_FOLDER.fullmatch(image.parent.name)
        tile = image.name.removesuffix("_naip-new.tif")
        label = image.with_name(f"{tile}_lc.tif")
        if matched is None or not label.is_file():
            continue
        # Through rioxarray, as GDAL takes the fourth of four 8-bit bands for transparency.
        scene = _open(rioxarray.open_rasterio(image, chunks=_WINDOW), sensor="naip")
        labels = apply_legend(read_codes(label, scene), _CHESAPEAKE)
        covered = [name for name in covered_classes(_CHESAPEAKE) or () if name != "impervious"]
        footprints = image.with_name(f"{tile}_buildings.tif")
        if footprints.is_file():
            # The set calls roofs "impervious (other)"; footprints tell them apart.
            roofs = (read_codes(footprints, scene) > 0) & (labels == CLASSES["impervious"])
            labels[roofs] = CLASSES["buildings"]
            covered += ["buildings", "impervious"]
        about = {"split": _SPLITS[matched[1]], "sensor": "NAIP"}
        yield from _windows(tile, scene, labels, complete_for=tuple(covered), about=about)


def _windows(
    name: str, scene: xr.DataArray, labels: NDArray[np.uint8], *, complete_for: tuple[str, ...], about: dict[str, Any]
) -> Iterator[Place]:
    """Cut a tile that is too large for memory into places of one group; windows without data or label are left out."""
    for row in range(0, labels.shape[0], _WINDOW):
        for column in range(0, labels.shape[1], _WINDOW):
            part = labels[row : row + _WINDOW, column : column + _WINDOW]
            cut = scene.isel(y=slice(row, row + _WINDOW), x=slice(column, column + _WINDOW)).load()
            if part.any() and np.isfinite(cut.values).any():
                yield Place(f"{name}-{row}-{column}", name, cut, part, complete_for, extra=dict(about))


def _segmunich(folder: Path) -> Iterator[Place]:
    for label in sorted(folder.glob("*/label/*.tif")):
        split = label.parent.parent.name
        image = label.parent.parent / "img" / label.name
        if split not in _SPLITS or not image.is_file():
            continue
        scene = _open(image, sensor="sentinel-2", bands=_SEGMUNICH_BANDS)
        labels = apply_legend(read_codes(label, scene), _SEGMUNICH)
        about = {"split": _SPLITS[split], "sensor": "Sentinel-2"}
        covered = covered_classes(_SEGMUNICH)
        yield Place(f"segmunich-{label.stem}", f"segmunich-{split}", scene, labels, covered, quality="coarse", extra=about)


def _spacenet(folder: Path) -> Iterator[Place]:
    for label in sorted(folder.rglob("geojson/buildings/buildings_AOI_*.geojson")):
        chip = label.stem.removeprefix("buildings_")
        root = label.parent.parent.parent
        several, colour = (root / kind / f"{kind}_{chip}.tif" for kind in ("MUL-PanSharpen", "RGB-PanSharpen"))
        if several.is_file():
            scene = _open(several, bands=_SPACENET_BANDS)
        elif colour.is_file():
            scene = _open(colour, sensor="rgb")
        else:
            continue
        labels = np.where(_footprints(label, scene), CLASSES["buildings"], KNOWN_NEGATIVE).astype(np.uint8)
        city = chip.rsplit("_img", 1)[0]
        yield Place(chip, city, scene, labels, ("buildings",), extra={"sensor": "WorldView-3"})


def _footprints(path: Path, scene: xr.DataArray) -> NDArray[np.bool_]:
    shapes = gpd.read_file(path)
    crs, shape = crs_of(scene), (scene.sizes["y"], scene.sizes["x"])
    if crs is not None and shapes.crs is not None and len(shapes):
        shapes = shapes.to_crs(crs)
    outlines = [one for one in shapes.geometry if one is not None and not one.is_empty]
    if not outlines:
        return np.zeros(shape, bool)
    inside: NDArray[np.bool_] = rasterio.features.rasterize(outlines, out_shape=shape, transform=transform_of(scene)) > 0
    return inside


PUBLIC_SETS: dict[str, PublicSet] = {
    "chesapeake": PublicSet(
        title="Chesapeake Land Cover (CVPR 2019)",
        page="https://lila.science/datasets/chesapeakelandcover",
        tree="de_1m_2013_extended-debuffered-train_tiles/ and its like, each with TILE_naip-new.tif, TILE_lc.tif and, to tell "
        "roofs from pavement, TILE_buildings.tif",
        licence="see the page: NAIP imagery is in the public domain, labels by the Chesapeake Conservancy",
        places=_chesapeake,
    ),
    "segmunich": PublicSet(
        title="SegMunich",
        page="https://github.com/danfenghong/IEEE_TPAMI_SpectralGPT",
        tree="train/img/NAME.tif, train/label/NAME.tif, and the same for val",
        licence="see the page: Sentinel-2 imagery by Copernicus, labels from CORINE and OpenStreetMap",
        places=_segmunich,
    ),
    "spacenet": PublicSet(
        title="SpaceNet 2, buildings",
        page="https://spacenet.ai/spacenet-buildings-dataset-v2",
        tree="AOI_2_Vegas_Train/MUL-PanSharpen/MUL-PanSharpen_AOI_2_Vegas_img1.tif (or RGB-PanSharpen) and "
        "AOI_2_Vegas_Train/geojson/buildings/buildings_AOI_2_Vegas_img1.geojson, and the same for other cities",
        licence="CC BY-SA 4.0",
        places=_spacenet,
    ),
}
"""Name -> the public sets that can be read."""
