"""What a checkpoint takes is known before it is read, and one that does not fit is refused with the choices left."""

from pathlib import Path

import pytest
import torch

from spexlab.extraction import footprint as module
from spexlab.extraction.footprint import Footprint, check_fits, footprint
from spexlab.extraction.loading import load_model, size_in_words
from tests.support.tiny import save_spex, tiny_spex

CPU = torch.device("cpu")
FULL = Footprint(1_800_000_000, 3_600_000_000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_spex(tiny_spex(), tmp_path_factory.mktemp("checkpoints") / "mine")


def test_the_heads_of_the_files_tell_what_the_model_then_has(folder: Path, tmp_path: Path) -> None:
    spex = load_model(folder, device="cpu")
    weights = {weight.data_ptr(): weight for weight in spex.model.state_dict().values()}  # tied ones count once
    count = sum(weight.numel() for weight in weights.values())
    whole = footprint(folder)
    assert whole is not None
    assert (whole.parameters, whole.stored) == (count, 4 * count)
    spex.model.half().save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    assert footprint(tmp_path) == Footprint(count, 2 * count)


def test_nothing_is_told_of_a_folder_without_readable_weights(tmp_path: Path) -> None:
    assert footprint(tmp_path) is None
    (tmp_path / "model.safetensors").write_bytes(b"half a file")
    assert footprint(tmp_path) is None


def test_precision_decides_what_is_needed() -> None:
    assert FULL.needed(torch.float32) == FULL.needed("float32") == pytest.approx(1.2 * 7.2e9)
    assert FULL.needed("auto") == FULL.needed("bfloat16") == pytest.approx(1.2 * 3.6e9)
    assert str(FULL) == "1.8 billion parameters"
    assert str(Footprint(4_031_000, 0)) == "4.0 million parameters"


@pytest.mark.parametrize(("free", "offered"), [(6e9, {"bfloat16"}), (2e9, set())])
def test_one_that_does_not_fit_is_refused_with_the_choices_left(
    free: float, offered: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "free_memory", lambda _: int(free))
    with pytest.raises(ValueError, match=r"'big' has 1.8 billion parameters and takes about 8.6 GB of memory") as caught:
        check_fits("big", FULL, device=CPU, dtype=torch.float32)
    said = str(caught.value)
    assert {name for name in ("bfloat16",) if f'dtype="{name}" (4.3 GB)' in said} == offered
    assert f"{free / 1e9:.1f} GB are free" in said
    assert 'device="cuda"' in said
    assert said.endswith("or take a smaller one, such as spex-tiny.")
    if offered:
        check_fits("big", FULL, device=CPU, dtype=torch.bfloat16)


def test_loading_asks_before_it_reads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "free_memory", lambda _: 1000)
    with pytest.raises(ValueError, match=r"'mine' has .* but 0 MB are free"):
        load_model(folder, device="cpu")


def test_the_size_is_told_in_words_before_loading(folder: Path) -> None:
    assert size_in_words("spex-tiny") == "4.0 million parameters, about 19 MB of memory"
    assert "million parameters" in size_in_words(folder)
    with pytest.raises(ValueError, match="there is no checkpoint 'nothing'"):
        size_in_words("nothing")
