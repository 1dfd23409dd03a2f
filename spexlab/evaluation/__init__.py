"""Evaluation that can be believed: free-running answers kept in a folder, scored place by place.

cases -> methods -> predictions (a folder) -> scores, landcover, reliability, spoken -> tables, heldout
understanding: of instructions alone
"""

from spexlab.evaluation.cases import (
    FEW_BANDS,
    MIN_PIXELS,
    PIXEL_KINDS,
    Case,
    cases_of,
    places_with_bands,
    split_places,
)
from spexlab.evaluation.heldout import keep_scores
from spexlab.evaluation.landcover import LandCover, land_cover
from spexlab.evaluation.methods import AskedSpex, Method, Prediction
from spexlab.evaluation.predictions import StoredPrediction, predict, read_prediction
from spexlab.evaluation.reliability import calibration_errors
from spexlab.evaluation.scores import (
    SCORES,
    Estimate,
    Record,
    by_place,
    claims_that_hold,
    difference,
    estimate,
    false_alarms,
    score,
)
from spexlab.evaluation.understanding import Heard, Share, hear, kind_of, language_of, read_instructions, share_right
from spexlab.evidence.confusion import Confusion, pooled

__all__ = [
    "FEW_BANDS",
    "MIN_PIXELS",
    "PIXEL_KINDS",
    "SCORES",
    "AskedSpex",
    "Case",
    "Confusion",
    "Estimate",
    "Heard",
    "LandCover",
    "Method",
    "Prediction",
    "Record",
    "Share",
    "StoredPrediction",
    "by_place",
    "calibration_errors",
    "cases_of",
    "claims_that_hold",
    "difference",
    "estimate",
    "false_alarms",
    "hear",
    "keep_scores",
    "kind_of",
    "land_cover",
    "language_of",
    "places_with_bands",
    "pooled",
    "predict",
    "read_instructions",
    "read_prediction",
    "score",
    "share_right",
    "split_places",
]
