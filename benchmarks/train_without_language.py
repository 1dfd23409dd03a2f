"""Train the equal-sized network without language that stands beside SPEX: UperNet on the same backbone, places and crops.

    python benchmarks/train_without_language.py --data ../shared/data --out runs/upernet

It learns all targets at once from the training places of spex-tiny (its `places.json`), with the same shares of coarse,
fine and simulated crops; validation and held-out places are not read. `spexlab.training.load_segmenter("runs/upernet/model")` loads
the result.
"""

import argparse
import time
import warnings
from pathlib import Path

import torch

from spexlab.evaluation import split_places
from spexlab.places import PlaceMixture, open_places, simulated_places
from spexlab.training import PretrainSettings, pretrain

HIDDEN = 128
"""Channels of the head that bring the network to 4.0 million parameters, as many as spex-tiny has."""


def main() -> None:
    """Train."""
    options = arguments()
    warnings.simplefilter("ignore")
    torch.set_num_threads(options.threads)
    training = split_places(open_places(options.data), "spex-tiny")["training"]
    mixture = PlaceMixture.by_scale(training, simulated_places(options.simulated, seed=options.seed))
    settings = PretrainSettings(
        steps=options.steps, hidden_size=HIDDEN, warmup=150, save_every=100, snapshot_every=500, seed=options.seed
    )
    begun = time.monotonic()
    run = pretrain(mixture, out=options.out, settings=settings, resume=options.resume)
    print(f"{run.step} steps in {(time.monotonic() - begun) / 60:.0f} minutes on {options.threads} thread(s): {run.model}")


def arguments() -> argparse.Namespace:
    """Command-line options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled places")
    parser.add_argument("--out", type=Path, default=Path("runs/upernet"))
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--simulated", type=int, default=84, help="number of simulated scenes")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
