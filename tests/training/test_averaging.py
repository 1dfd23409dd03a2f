import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.support.train_tiny import tiny_run


def weights(folder: Path) -> dict[str, np.ndarray]:
    return load_file(folder / "model.safetensors")


def test_what_is_saved_is_the_average_of_the_steps(tmp_path: Path) -> None:
    last, mean = (tiny_run(tmp_path / str(average), average=average) for average in (None, 0.9))
    first, second = weights(last.model), weights(mean.model)
    assert any(not np.allclose(first[name], second[name], atol=1e-7) for name in first)
    assert all(np.allclose(first[name], second[name], atol=0.05) for name in first)


def test_an_average_survives_an_interruption(tmp_path: Path) -> None:
    whole = tiny_run(tmp_path / "whole", average=0.9, drop_path=0.0)
    tiny_run(tmp_path / "parts", average=0.9, drop_path=0.0)
    shutil.rmtree(tmp_path / "parts" / "model")
    shutil.rmtree(tmp_path / "parts" / "checkpoint-4")
    parts = tiny_run(tmp_path / "parts", average=0.9, drop_path=0.0, resume=True)
    first, second = weights(whole.model), weights(parts.model)
    for name, weight in first.items():
        np.testing.assert_allclose(second[name], weight, atol=1e-6, err_msg=name)


def test_a_decay_that_is_no_share_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="average"):
        tiny_run(tmp_path, average=1.5)
