"""Tiny runs for the tests of training, here and in processes of their own: `python tests/support/train_tiny.py OUT [--resume]`."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr

sys.path.insert(0, str(Path(__file__).parents[2]))

from spexlab.evidence.prior import MODEL_INDICES
from spexlab.model.configuration import InternImageConfig
from spexlab.places import Place
from spexlab.targets import CLASSES
from spexlab.training import PretrainSettings, TrainingRun, pretrain

WAVELENGTHS = {"blue": 490.0, "green": 560.0, "red": 665.0, "nir": 842.0}
WATER, GRASS = (0.05, 0.05, 0.03, 0.02), (0.04, 0.08, 0.05, 0.40)


def lake(seed: int, *, size: int = 64) -> Place:
    """A round lake in a meadow, by four bands."""
    rng = np.random.default_rng(seed)
    rows, columns = np.ogrid[:size, :size]
    centre, radius = rng.uniform(0.3, 0.7, 2) * size, rng.uniform(0.15, 0.3) * size
    wet = (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 < radius**2
    spectra = np.where(wet[..., None], WATER, GRASS) + rng.normal(0, 0.005, (size, size, 4))
    coords = {"band": list(WAVELENGTHS), "wavelength": ("band", list(WAVELENGTHS.values()))}
    coords |= dict.fromkeys(("y", "x"), np.arange(size) + 0.5)
    scene = xr.DataArray(
        np.moveaxis(spectra, 2, 0).astype(np.float32), dims=("band", "y", "x"), coords=coords, attrs={"pixel_size_m": 10.0}
    )
    labels = np.where(wet, CLASSES["water"], CLASSES["low vegetation"]).astype(np.uint8)
    return Place(f"lake-{seed}", f"lake-{seed}", scene, labels)


def tiny_backbone(drop_path: float = 0.4) -> InternImageConfig:
    """A backbone that computes in milliseconds."""
    return InternImageConfig(
        embed_dim=8,
        depths=[1, 1, 1, 1],
        groups=[1, 1, 2, 2],
        drop_path_rate=drop_path,
        stem="wavelength",
        spectral_width=8,
        detail_channels=8,
        index_channels=len(MODEL_INDICES),
    )


def tiny_settings(**changes: Any) -> PretrainSettings:
    """Settings of a run of seconds."""
    quick = {"steps": 4, "batch_size": 2, "sizes": (32,), "save_every": 2, "validate_every": 2, "snapshot_every": 2, "warmup": 1}
    return PretrainSettings(**{**quick, "hidden_size": 16, "mixed_precision": False, **changes})


def tiny_run(out: Path, *, resume: bool = False, drop_path: float = 0.4, validation: int = 0, **changes: Any) -> TrainingRun:
    """Pretrain on three lakes."""
    places, kept = [lake(seed) for seed in range(3)], [lake(100 + seed) for seed in range(validation)]
    settings, backbone = tiny_settings(**changes), tiny_backbone(drop_path)
    return pretrain(places, out=out, settings=settings, backbone=backbone, validation=kept, resume=resume)


def losses(run: TrainingRun) -> dict[int, float]:
    """Loss by step."""
    curves = run.curves()
    return dict(curves[curves["name"] == "loss"][["step", "value"]].itertuples(index=False))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--batch-size", type=int, default=2)
    parser.add_argument("--drop-path", type=float, default=0.4)
    parser.add_argument("--validation", type=int, default=0)
    parser.add_argument("--patience", type=int)
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    tiny_run(
        options.out,
        steps=options.steps,
        batch_size=options.batch_size,
        drop_path=options.drop_path,
        validation=options.validation,
        patience=options.patience,
    )
