"""One spectral index and one threshold that need no training: the textbook's, SPEX's own, and Otsu's."""

from collections.abc import Iterable
from typing import Self

import numpy as np
import xarray as xr
from skimage.filters import threshold_otsu

from spexlab.evaluation import Prediction
from spexlab.evaluation.baselines.candidates import candidates, index_values
from spexlab.evidence.prior import spectral_prior
from spexlab.places import Place
from spexlab.targets import TARGETS


class _Untrained:
    """A baseline that knows beforehand what to do."""

    identity = "1"

    def fit(self, places: Iterable[Place]) -> Self:  # noqa: ARG002 - as every baseline
        """Learn nothing."""
        return self


class TextbookThreshold(_Untrained):
    """The index and the threshold that textbooks give."""

    name = "textbook threshold"

    def predict(self, scene: xr.DataArray, target: str) -> Prediction | None:
        """Threshold the first of the target's indices that the bands allow; None if they allow none."""
        for recipe in TARGETS[target].textbook:
            values = index_values(scene, recipe.name)
            if values is not None:
                return Prediction(recipe.holds(values), provenance={"index": recipe.name, "threshold": recipe.threshold})
        return None


class SpectralPrior(_Untrained):
    """The index and the threshold that SPEX itself is given."""

    name = "prior"

    def predict(self, scene: xr.DataArray, target: str) -> Prediction | None:
        """Take the mask of `spexlab.evidence.prior.spectral_prior`; None if there is no such index."""
        prior = spectral_prior(scene, target)
        return Prediction(prior.mask, provenance={"index": prior.index, "threshold": prior.threshold}) if prior else None


class OtsuThreshold(_Untrained):
    """The first candidate index at the threshold that parts each scene's own values in two (Otsu 1979)."""

    name = "Otsu"

    def predict(self, scene: xr.DataArray, target: str) -> Prediction | None:
        """Part the scene; one whose index is the same everywhere holds nothing of the target. None if the bands allow no index."""
        for index in candidates(target):
            values = index_values(scene, index)
            if values is not None:
                finite = values[np.isfinite(values)]
                if not finite.size or np.ptp(finite) == 0:
                    return Prediction(np.zeros(values.shape, dtype=bool), provenance={"index": index})
                threshold = float(threshold_otsu(finite))
                return Prediction(values > threshold, provenance={"index": index, "threshold": threshold})
        return None
