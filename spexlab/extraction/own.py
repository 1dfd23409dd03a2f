"""Targets that somebody taught by examples: a head on what pixels look like, found by its word, kept in two files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from spexlab.extraction.threads import ONE_THREAD
from spexlab.language import spelling, vocabulary
from spexlab.language.reading import Interpretation, Reading
from spexlab.language.vocabulary import mentions
from spexlab.model.landcover import ITSELF, SLOTS, pixel_features
from spexlab.scene.kind import pixel_size
from spexlab.scene.outputs import replacing
from spexlab.targets import IndexRecipe, Target, add_target

RECORD, HEAD = "target.json", "head.safetensors"
"""Files of a folder: what the target is called and was taught on, and the numbers of its head."""
_FORMAT = "spexlab own target 1"
_FARTHEST = 4.0
"""Spreads from the mean beyond which a number says no more."""
_ALIKE, _LINEAR = 0.5, 0.3
"""How different pixels may look that are alike, where others are about 1 apart; and the weight of what is linear in looks."""
ELSEWHERE = -1.0
"""Logit of what is like no example."""
_AROUND = 0.4
"""Weight of the statistics around a pixel beside its own numbers: at the edge of a patch they tell of its neighbours."""
_WIDER = 2.0
"""How many times wider or narrower pixels may be than those of the examples: texture is another then."""


@dataclass(frozen=True, eq=False)
class OwnTarget:
    """A target that somebody taught by examples, as `spexlab.teach` gives it."""

    name: str
    singular: str
    """What one of it is called; the name where one cannot count it."""
    colour: str
    """Hexadecimal, of maps."""
    recipe: IndexRecipe | None
    """The index that parts the examples best; None where the bands allow none."""
    needed: tuple[int, ...]
    """Wavelengths in nm, centres of `spexlab.model.landcover.SLOTS`, that a scene must have bands near to."""
    pixel_size_m: float | None
    """Width of the pixels of the examples; None where it was unknown."""
    examples: int
    """Pixels that were pointed at."""
    mean: NDArray[np.float32]
    """(F,) of the numbers of a pixel in the scene of the examples ..."""
    spread: NDArray[np.float32]
    """... and (F,) their spread."""
    looks: NDArray[np.float32]
    """(N, F) numbers of the pixels that the head leans on, in spreads from the mean."""
    weights: NDArray[np.float32]
    """(N,) how much each says that a pixel like it belongs to the target, or against it."""

    @property
    def target(self) -> Target:
        """Its row in `spexlab.targets`."""
        indices = () if self.recipe is None else (self.recipe,)
        plural = self.singular != self.name
        words = (self.singular, self.name)
        lookalikes = "whatever no example told from it"
        return Target(
            name=self.name, colour=self.colour, indices=indices, textbook=(), plural=plural, words=words, lookalikes=lookalikes
        )

    def make_known(self) -> None:
        """Make its word, colour and index known to all that reads instructions and draws maps."""
        add_target(self.target)
        vocabulary.learn_words()
        spelling.learn_words()

    def check_scene(self, scene: xr.DataArray) -> None:
        """Refuse a scene whose pixels cannot be compared with the examples.

        Raises
        ------
        ValueError
            If it lacks a band, or its pixels are much wider or narrower.
        """
        missing = [centre for centre in self.needed if centre not in seen_slots(scene)]
        if missing:
            near = ", ".join(f"{centre} nm" for centre in missing)
            raise ValueError(f"{self.name} was taught with bands near {near}, which this scene does not have; teach it again here.")
        size = pixel_size(scene)
        if size and self.pixel_size_m and not 1 / _WIDER <= size / self.pixel_size_m <= _WIDER:
            raise ValueError(
                f"{self.name} was taught on pixels of {self.pixel_size_m:.3g} m, but those of this scene are {size:.3g} m wide; "
                "teach it again here."
            )

    def logits(self, scene: xr.DataArray) -> NDArray[np.float32]:
        """How surely each pixel of a scene (band, y, x) belongs to it, (H, W); 0 is as likely as not."""
        numbers = scaled(pixel_numbers(scene), self.mean, self.spread)
        rows = [kernel(part, self.looks) @ self.weights for part in np.array_split(numbers, max(1, len(numbers) // 65_536))]
        found: NDArray[np.float32] = (np.float32(ELSEWHERE) + np.concatenate(rows)).reshape(scene.shape[1:]).astype(np.float32)
        return found

    def save(self, folder: str | Path) -> Path:
        """Write it into a folder, which is made if need be.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        out = Path(folder).expanduser()
        out.mkdir(parents=True, exist_ok=True)
        arrays = {name: np.ascontiguousarray(getattr(self, name)) for name in _ARRAYS}
        plain = {name: value for name, value in vars(self).items() if name not in _ARRAYS}
        record = {"format": _FORMAT, **plain, "recipe": self.recipe and self.recipe._asdict()}
        with replacing(out / HEAD) as temporary:
            save_file(arrays, temporary)
        with replacing(out / RECORD) as temporary:
            temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        return out

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the folder holds no such target.
        """
        try:
            record = json.loads((Path(folder).expanduser() / RECORD).read_text(encoding="utf-8"))
            _check_format(record.pop("format"))
            recipe, head = record.pop("recipe"), load_file(Path(folder).expanduser() / HEAD)
            plain: dict[str, Any] = record | {"needed": tuple(record["needed"]), "recipe": recipe and IndexRecipe(**recipe)}
            plain |= {name: head[name] for name in _ARRAYS}
            own = cls(**plain)
            own._check_head()
        except (OSError, AttributeError, KeyError, TypeError, ValueError, SafetensorError) as error:
            raise ValueError(
                f"{str(folder)!r} must hold a target of your own, {RECORD} and {HEAD} as `OwnTarget.save` writes them, but it does "
                f"not ({error}); save it anew."
            ) from error
        return own

    def _check_head(self) -> None:
        shapes = (self.spread.shape, self.looks.shape[1:], (*self.weights.shape, *self.mean.shape))
        if shapes != (self.mean.shape, self.mean.shape, self.looks.shape):
            raise ValueError("the numbers of its head do not fit together")
        if not all(np.isfinite(getattr(self, name)).all() for name in _ARRAYS):
            raise ValueError("some numbers of its head are not finite")


def _check_format(name: str) -> None:
    if name != _FORMAT:
        raise ValueError(f"its format is {name!r}, not {_FORMAT!r}")


_ARRAYS = ("mean", "spread", "looks", "weights")


def seen_slots(scene: xr.DataArray) -> set[int]:
    """Centres, in nm, of the bands that are read which a scene has."""
    wavelengths = np.asarray(scene["wavelength"].values, dtype=float)
    return {centre for centre, reach in SLOTS if (np.abs(wavelengths - centre) <= reach).any()}


def pixel_numbers(scene: xr.DataArray) -> NDArray[np.float32]:
    """What is read of each pixel of a scene, (H * W, F); NaN where the bands do not allow it."""
    values = torch.from_numpy(np.asarray(scene.values, dtype=np.float32))[None]
    wavelengths = torch.tensor(np.asarray(scene["wavelength"].values), dtype=torch.float32)[None]
    with torch.inference_mode(), ONE_THREAD:
        read = pixel_features(values, wavelengths)[0].numpy()
    numbers: NDArray[np.float32] = read.reshape(-1, read.shape[2])
    return numbers


def scaled(numbers: NDArray[np.float32], mean: NDArray[np.float32], spread: NDArray[np.float32]) -> NDArray[np.float32]:
    """In spreads from the mean, so that all numbers together are about as long as one; what is unknown is the mean."""
    weights = np.where(np.arange(len(mean)) < ITSELF, 1.0, _AROUND).astype(np.float32)
    apart = np.clip((numbers - mean) / spread, -_FARTHEST, _FARTHEST) * weights / np.linalg.norm(weights)
    known: NDArray[np.float32] = np.nan_to_num(apart, nan=0.0).astype(np.float32)
    return known


def kernel(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """How alike pixels (N, F) and others (M, F) look, (N, M)."""
    product = one @ other.T
    apart = np.einsum("nf,nf->n", one, one)[:, None] + np.einsum("mf,mf->m", other, other)[None] - 2 * product
    alike: NDArray[np.float32] = np.exp(np.maximum(apart, 0.0) * np.float32(-0.5 / _ALIKE**2)) + np.float32(_LINEAR) * product
    return alike


def without_own(text: str, own: Mapping[str, OwnTarget]) -> str:
    """A text for a model that knows nothing of own targets, and would take their words for others: without them."""
    named = [word for word in mentions(text) if word.kind == "target" and set(word.names) & set(own)] if own else []
    for word in reversed(named):
        text = f"{text[: word.start]}{text[word.end :]}"
    return " ".join(text.split())


def hear_own(heard: Interpretation, text: str, own: Mapping[str, OwnTarget]) -> Interpretation:
    """Add to what a model hears the targets that it does not know, by their words."""
    if not own:
        return heard
    reading = Reading.of(text)
    named = [(name, word) for word in reading.free if word.kind == "target" for name in word.names if name in own]
    denied = tuple(dict.fromkeys(name for name, word in named if reading.denies(word)))
    wanted = tuple(name for name in dict.fromkeys(name for name, _ in named) if name not in denied)
    scores: dict[str, Any] = heard.scores | {name: float(name in wanted) for name in own}
    return replace(heard, include=(*heard.include, *wanted), exclude=(*heard.exclude, *denied), scores=scores)
