"""One instruction about many scenes, in a folder that can be gone on with.

folder (what is done and what failed) -> catalog (one GeoParquet, one STAC collection) -> running.
"""

from spexlab.extraction.batch.folder import Batch
from spexlab.extraction.batch.running import extract_many

__all__ = ["Batch", "extract_many"]
