"""What can be evaluated: anything that answers a target with a mask, and SPEX asked in words."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.extraction import Spex
from spexlab.language.checking import check_claims
from spexlab.targets import UnknownTargetError

_NO_SETTINGS = frozenset({"_name_or_path", "transformers_version", "dtype"})
"""Entries of a configuration that say where it lies, who wrote it, and how it is stored."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a method makes of a target in a scene."""

    mask: NDArray[np.bool_]
    """(H, W)."""
    probability: NDArray[np.float32] | None = None
    """(H, W), 0-1, NaN where the scene has no data; None if the method has none."""
    words: str = ""
    """The explanation."""
    claims: tuple[dict[str, Any], ...] = ()
    """Its claims, each with `holds`; plain values, ready for JSON."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """Plain values, ready for JSON."""


class Method(Protocol):
    """Anything that finds targets in scenes."""

    @property
    def name(self) -> str:
        """What to call it in tables."""

    @property
    def identity(self) -> str:
        """What tells its answers from those of any other, or of itself with other settings, training data or weights."""

    def predict(self, scene: xr.DataArray, target: str) -> Prediction | None:
        """Find a target; None where it cannot, for want of bands or of anything to learn from."""


class AskedSpex:
    """SPEX as a user meets it: it gets the scene and the target's name as its instruction, nothing else."""

    def __init__(self, spex: Spex) -> None:
        self.spex = spex

    @property
    def name(self) -> str:
        """The checkpoint's name."""
        return self.spex.name

    @property
    def identity(self) -> str:
        """Hash of the checkpoint's weights and of its settings: where masks are cut, for one, is a setting."""
        settings = {key: value for key, value in self.spex.model.config.to_dict().items() if key not in _NO_SETTINGS}
        return hashlib.sha256(json.dumps([self.spex.checkpoint, settings], sort_keys=True, default=str).encode()).hexdigest()

    def predict(self, scene: xr.DataArray, target: str) -> Prediction:
        """Extract; an instruction that it does not understand, or takes for another target, finds nothing."""
        try:
            found = self.spex.extract(scene, target)
        except UnknownTargetError:
            return Prediction(np.zeros(scene.shape[1:], dtype=bool), provenance={"refused": True})
        # What the model wrote: the sentences that replace it would hold whatever the model.
        words = " ".join(one.written for one in found.evidence)
        claims = tuple(asdict(claim) for one in found.evidence for claim in check_claims(one.written, one.measurement))
        if target not in found.targets:
            return Prediction(np.zeros(scene.shape[1:], dtype=bool), words=words, claims=claims, provenance=found.provenance)
        layer = {"target": target}
        mask, probability = found.mask.sel(layer).values, found.probability.sel(layer).values
        return Prediction(mask, probability, words=words, claims=claims, provenance=found.provenance)
