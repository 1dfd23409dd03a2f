"""What a user would try first, by one protocol: `fit(places)`, then `predict(scene, target)`."""

from collections.abc import Sequence

from spexlab.evaluation import Method
from spexlab.evaluation.baselines.boosted import BoostedTreeBaseline
from spexlab.evaluation.baselines.fixed import FixedThreshold
from spexlab.evaluation.baselines.forest import RandomForest
from spexlab.evaluation.baselines.network import WithoutLanguage
from spexlab.evaluation.baselines.thresholds import OtsuThreshold, SpectralPrior, TextbookThreshold
from spexlab.places import Place


def fitted_baselines(training: Sequence[Place]) -> list[Method]:
    """All baselines that need no checkpoint, fitted on training places."""
    return [
        SpectralPrior().fit(training),
        TextbookThreshold().fit(training),
        FixedThreshold().fit(training),
        OtsuThreshold().fit(training),
        RandomForest().fit(training),
        BoostedTreeBaseline().fit(training),
    ]


__all__ = [
    "BoostedTreeBaseline",
    "FixedThreshold",
    "OtsuThreshold",
    "RandomForest",
    "SpectralPrior",
    "TextbookThreshold",
    "WithoutLanguage",
    "fitted_baselines",
]
