"""A teacher for every pixel: boosted trees that never saw the place they speak about.

Labels cover some pixels and some classes, and part of them is wrong. Trees grown on other places say something about every pixel
and every target, in probabilities; what they learnt from one place's errors they do not repeat in it. A network that is distilled
from them (Hinton et al. 2015) starts where they stand, and the labels then teach it what trees cannot see.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from spexlab.places import Place
from spexlab.scene import pixel_kind
from spexlab.scene.outputs import replacing
from spexlab.training.trees import BoostedTrees, TreeSettings

FOLDS = 5


def fold_of(group: str, folds: int = FOLDS) -> int:
    """The fold that a group belongs to, by a hash."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % folds


def teach(
    places: Sequence[Place], folder: Path, *, settings: TreeSettings | None = None, on_fold: Callable[[int], None] | None = None
) -> list[Place]:
    """Places with what trees say that were grown on the other folds; pixels narrower than a house are left untaught.

    Parameters
    ----------
    places
        Those that are learnt from, of any pixel size.
    folder
        What was said is kept there, fold by fold, so that an interrupted run goes on.
    settings
        How the trees are grown.
    on_fold
        Called with the number of each fold that was taught.

    Raises
    ------
    ValueError
        If the places of some fold leave the others nothing to learn from.
    """
    wide = [place for place in places if pixel_kind(place.scene) == "coarse"]
    said: dict[str, np.ndarray] = {}
    for fold in range(FOLDS):
        mine = [place for place in wide if fold_of(place.group) == fold]
        kept = folder / f"fold-{fold}.npz"
        if mine and not kept.exists():
            trees = BoostedTrees(settings).fit([place for place in wide if fold_of(place.group) != fold])
            _keep({place.name: _in_255ths(trees, place) for place in mine}, kept)
        if mine:
            said |= dict(np.load(kept))
        if on_fold is not None:
            on_fold(fold)
    return [replace(place, taught=said.get(place.name)) for place in places]


def _in_255ths(trees: BoostedTrees, place: Place) -> np.ndarray:
    return np.round(np.nan_to_num(trees.probability(place.scene)) * 255).astype(np.uint8)


def _keep(said: dict[str, np.ndarray], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as fresh:
        np.savez_compressed(fresh, allow_pickle=False, **said)
