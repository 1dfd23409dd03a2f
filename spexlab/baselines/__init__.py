"""What a user would try first, by one protocol: `fit(places)`, then `predict(scene, target)`."""

from spexlab.baselines.fixed import FixedThreshold
from spexlab.baselines.forest import RandomForest
from spexlab.baselines.thresholds import OtsuThreshold, SpectralPrior, TextbookThreshold

__all__ = ["FixedThreshold", "OtsuThreshold", "RandomForest", "SpectralPrior", "TextbookThreshold"]
