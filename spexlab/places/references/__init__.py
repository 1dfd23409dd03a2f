"""References that somebody brings to judge a mask by: a label raster, or points and polygons with what is there in a column."""

from spexlab.places.references.meaning import Meaning, proposed
from spexlab.places.references.raster import LabelRaster
from spexlab.places.references.reading import FILES, Reference, ReferenceLike, read_reference
from spexlab.places.references.shapes import LabelShapes
from spexlab.places.references.truths import Truths

__all__ = ["FILES", "LabelRaster", "LabelShapes", "Meaning", "Reference", "ReferenceLike", "Truths", "proposed", "read_reference"]
