"""Numbers and place: imagery opened, checked and brought to reflectance; where it lies; how it is drawn.

bands | grid | kind -> ground | area -> form | raw | access -> files | arrays -> stack -> items -> reading | radiometry
-> identification | masks -> fill -> single -> mosaic | series -> opening | catalog -> drawing
"""

from spexlab.scene.area import Area
from spexlab.scene.catalog import search
from spexlab.scene.composite import Composite, rgb
from spexlab.scene.form import SceneWarning, check_scene, new_scene
from spexlab.scene.ground import mask_area, pixel_areas
from spexlab.scene.itemlist import Item, Items
from spexlab.scene.kind import BandSet, PixelKind, band_set, pixel_kind, pixel_size
from spexlab.scene.opening import open_scene, sample_scene

__all__ = [
    "Area",
    "BandSet",
    "Composite",
    "Item",
    "Items",
    "PixelKind",
    "SceneWarning",
    "band_set",
    "check_scene",
    "mask_area",
    "new_scene",
    "open_scene",
    "pixel_areas",
    "pixel_kind",
    "pixel_size",
    "rgb",
    "sample_scene",
    "search",
]
