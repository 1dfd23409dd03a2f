"""Accuracy assessment of a map from a reference: of samples, with area-adjusted estimates, or of every pixel.

estimates | outcomefiles -> samples -> judging
"""

from spexlab.evaluation.assessment.estimates import FEWEST, Assessment
from spexlab.evaluation.assessment.judging import OTHER, Judged, judge, judge_samples
from spexlab.evaluation.assessment.samples import assess, draw_samples

__all__ = [
    "FEWEST",
    "OTHER",
    "Assessment",
    "Judged",
    "assess",
    "draw_samples",
    "judge",
    "judge_samples",
]
