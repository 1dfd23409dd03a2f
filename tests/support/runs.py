"""A training run as its folder tells it, written by hand."""

import json
import os
import socket
import time
from pathlib import Path

import numpy as np
from PIL import Image

from spexlab.training.run import CONTROL, TrainingRun, write_json


def write_run(folder: Path, *, steps: int, total: int = 400, state: str = "running", message: str = "") -> TrainingRun:
    """Write a run that has taken some steps, half a second each: loss at every fifth, scores and a picture at every hundredth."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    lines = ["step,seconds,name,value"]
    for step in range(5, steps + 1, 5):
        lines.append(f"{step},{step / 2:.2f},loss,{2 * np.exp(-step / 150) + 0.3 + 0.08 * rng.normal():.4f}")
        lines.append(f"{step},{step / 2:.2f},learning_rate,{1e-3 * (1 - step / total):.6f}")
        if step % 100 == 0 or step == 5:
            lines.append(f"{step},{step / 2:.2f},validation_loss,{1.8 * np.exp(-step / 170) + 0.45:.4f}")
            lines.append(f"{step},{step / 2:.2f},validation_iou,{0.75 * (1 - np.exp(-step / 120)):.4f}")
    (folder / "curves.csv").write_text("\n".join(lines) + "\n")
    (folder / "snapshots").mkdir(exist_ok=True)
    for step in range(0, steps + 1, 100):
        Image.fromarray(_picture(step / total)).save(folder / "snapshots" / f"step-{step:06d}.png")
    process = {"pid": os.getpid(), "host": socket.gethostname()}
    write_json(folder / "status.json", {"state": state, "message": message, "step": steps, "total_steps": total, **process})
    return TrainingRun(folder)


def obedient_training(_: object, *, out: str | Path) -> TrainingRun:
    """Stand for a training of a minute: it only writes how it goes, and pauses and stops when asked to."""
    folder, total = Path(out), 3000
    write_json(folder / CONTROL, {"wanted": "run"})
    for step in range(5, total, 5):
        while (wanted := json.loads((folder / CONTROL).read_text())["wanted"]) == "pause":
            write_run(folder, steps=step, total=total, state="paused")
            time.sleep(0.1)
        if wanted == "stop":
            return write_run(folder, steps=step, total=total, state="stopped")
        write_run(folder, steps=step, total=total)
        time.sleep(0.1)
    return write_run(folder, steps=total, total=total, state="finished")


def _picture(skill: float) -> np.ndarray:
    """Image, truth and prediction of a pond, which is found the better the more is learnt."""
    y, x = np.mgrid[-1:1:96j, -1:1:96j]
    noise = np.random.default_rng(1).normal(size=x.shape)
    pond = x**2 + 1.6 * y**2 < 0.3
    found = x**2 + 1.6 * y**2 + (1 - skill) * 0.25 * noise < 0.3
    image = np.where(pond[..., None], (40, 70, 90), (150, 140, 100)) + 12 * noise[..., None]
    panels = [image, *(np.where(mask[..., None], (0, 114, 178), (240, 240, 240)) for mask in (pond, found))]
    return np.clip(np.concatenate(panels, axis=1), 0, 255).astype("uint8")
