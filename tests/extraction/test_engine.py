import gc
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from safetensors.torch import load_file, save_file

from spexlab.evidence.limits import LIMITS
from spexlab.evidence.measurement import measure
from spexlab.extraction import Cancelled, Events, FeatureCache, Spex, extract, load_model, memory
from spexlab.extraction.cache import content_key
from spexlab.extraction.loading import shared_model
from spexlab.extraction.windows import tile_scene
from spexlab.language.question import Question, question_about
from spexlab.language.writing import evidence_words
from spexlab.model.outputs import SpexFeatures
from spexlab.model.spex import SpexForExtraction
from spexlab.scene import sample_scene
from spexlab.training.recording import replace_folder
from tests.support.tiny import tiny_spex


@pytest.fixture(scope="module")
def spex() -> Spex:
    return tiny_spex(window=32)


@pytest.fixture(scope="module")
def scene() -> xr.DataArray:
    return sample_scene().isel(y=slice(100, 140), x=slice(100, 150))


def size_of(features: SpexFeatures) -> int:
    return sum(t.nbytes for t in (features.tokens, features.embedding, features.detail) if t is not None)


def tile(scene: xr.DataArray) -> xr.DataArray:
    return tile_scene(scene, scene.values[:, :32, :32])


def test_a_checkpoint_goes_all_the_way(spex: Spex, scene: xr.DataArray) -> None:
    result = spex.extract(scene, "lakes and rivers", events=Events())
    assert result.targets == ["water"]
    assert np.isfinite(result.probability).all()
    assert result.provenance["scores"]["water"] == pytest.approx(1 / (1 + np.exp(-4)), abs=1e-4)
    assert spex.extract(scene, "again").features_reused


def test_a_checkpoint_hears_limits_only_if_it_has_them(spex: Spex, scene: xr.DataArray, tmp_path: Path) -> None:
    assert spex.interpret(["the largest lake"])[0].limits == ()
    hearing = tiny_spex(limits=LIMITS, limit="east")
    hearing.model.save_pretrained(tmp_path)
    hearing.processor.save_pretrained(tmp_path)
    result = load_model(tmp_path).extract(scene, "water in the east")
    assert result.provenance["request"]["wants"][0]["inside"] == ["east"]
    assert not result.mask.values[:, :, :25].any()


def test_a_checkpoint_with_a_limit_of_its_own_is_refused() -> None:
    with pytest.raises(ValueError, match="also knows \\['uppermost'\\]; update spexlab"):
        tiny_spex(limits=(*LIMITS, "uppermost"))


def test_a_checkpoint_with_a_target_of_its_own_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    config = tiny_spex().model.config
    config.targets = [*config.targets, "glacier"]
    SpexForExtraction(config).save_pretrained(tmp_path / "mine")
    tiny_spex().processor.save_pretrained(tmp_path / "mine")
    with pytest.raises(ValueError, match=r"finds the targets \('water', .*mine also knows \['glacier'\]; update spexlab"):
        load_model(tmp_path / "mine")


def test_words_continue_the_cache_as_if_all_was_read_anew(spex: Spex, scene: xr.DataArray) -> None:
    pixels = tile(scene)
    features, _ = spex.encode(pixels)
    segment = spex.segment(features, Question("water", None, ()))
    evidence = evidence_words(measure(np.ones((4, 4), bool), target="water"))
    ids = torch.tensor([[*segment.ids, *spex.processor.evidence(evidence)]])
    with torch.inference_mode():
        anew = spex.model.generate(features, ids, max_new_tokens=256)
    heard: list[str] = []
    text = spex.describe(segment, evidence, on_text=heard.append, cancelled=lambda: False)
    assert text == spex.processor.tokenizer.decode(anew[0], skip_special_tokens=True).strip()
    assert heard[-1].strip() == text


def test_an_image_of_many_tokens_is_read_once_for_all_questions(
    spex: Spex, scene: xr.DataArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spex, "cache", FeatureCache(2**28))
    pixels = tile(scene)
    questions = [question_about(pixels, target) for target in ("water", "vegetation")]
    features, _ = spex.encode(pixels)
    assert features.begun is None
    whole = [spex.segment(features, question) for question in questions]
    monkeypatch.setattr("spexlab.extraction.engine.BEGUN_FROM", 1)
    spex.cache.clear()
    features, _ = spex.encode(pixels)
    assert features.begun is not None
    assert spex.cache.nbytes > size_of(replace(features, begun=None))
    for before, question in zip(whole, questions, strict=True):
        after = spex.segment(features, question)
        np.testing.assert_allclose(after.logits, before.logits, atol=1e-4)
        evidence = evidence_words(measure(np.ones((4, 4), bool), target="water"))
        texts = [spex.describe(one, evidence, on_text=lambda _: None, cancelled=lambda: False) for one in (before, after)]
        assert texts[0] == texts[1]


def test_the_prior_reaches_the_mask(spex: Spex, scene: xr.DataArray) -> None:
    pixels = tile(scene)
    features, _ = spex.encode(pixels)
    asked = replace(question_about(pixels, "vegetation"), regions=())
    assert asked.prior is not None
    with_prior, without = (spex.segment(features, one).logits for one in (asked, replace(asked, prior=None)))
    assert with_prior.shape == (32, 32)
    assert not np.allclose(with_prior, without)


def test_callbacks_come_in_the_callers_thread_and_stop_between_tokens(spex: Spex, scene: xr.DataArray) -> None:
    threads, texts = set(), []

    def words(_: str, text: str) -> None:
        threads.add(threading.get_ident())
        texts.append(text)

    with pytest.raises(Cancelled):
        extract(scene, "water", model=spex, events=Events(words=words, cancelled=lambda: len(texts) >= 3))
    assert threads == {threading.get_ident()}
    assert len(texts) <= 4


def test_extractions_that_overlap_give_back_the_threads_that_they_found(
    scene: xr.DataArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = [4]
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads[-1])
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    monkeypatch.setattr("spexlab.extraction.engine.MAX_WORDS", 3)
    monkeypatch.setattr(Spex, "abreast", 1)  # windows side by side enter and leave, too
    spex, ended = tiny_spex(window=32), threading.Event()
    writes = {"first": threading.Event(), "second": threading.Event()}

    def run(name: str, after: threading.Event) -> None:
        def words(_: str, __: str) -> None:
            writes[name].set()
            assert after.wait(60)

        extract(scene, "water", model=spex, events=Events(words=words))

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(run, "first", writes["second"])  # it begins first, and ends first
        assert writes["first"].wait(60)
        second = pool.submit(run, "second", ended)
        first.result()
        ended.set()
        second.result()
    assert threads == [4, 1, 1, 4, 4]


def test_features_are_kept_by_what_was_seen(scene: xr.DataArray) -> None:
    pixels = tile(scene)
    assert content_key(pixels) == content_key(pixels.copy(deep=True))
    coarser = tile_scene(scene, pixels.values, factor=2.0)
    brighter = pixels.copy(data=pixels.values + np.float32(0.01))
    moved = pixels.assign_coords(wavelength=("band", pixels["wavelength"].values + 1))
    assert len({content_key(other) for other in (pixels, coarser, brighter, moved)}) == 4


def test_the_cache_lets_go_of_the_least_recently_used(spex: Spex, scene: xr.DataArray) -> None:
    features, _ = spex.encode(tile(scene))
    cache = FeatureCache(limit=2 * size_of(features))
    a, b, c = ((weakref.ref(spex), name) for name in "abc")
    cache.put(a, features)
    cache.put(b, features)
    assert cache.get(a) is features
    cache.put(c, features)
    assert cache.get(b) is None
    assert cache.get(a) is features
    assert (len(cache), cache.nbytes) == (2, 2 * size_of(features))
    cache.clear()
    assert len(cache) == 0


def test_a_cache_keeps_nothing_that_it_has_no_room_for(spex: Spex, scene: xr.DataArray) -> None:
    features, _ = spex.encode(tile(scene))
    cache = FeatureCache(limit=0)
    cache.put((weakref.ref(spex), "a"), features)
    assert (len(cache), cache.nbytes, cache.get((weakref.ref(spex), "a"))) == (0, 0, None)


def test_all_models_of_a_process_share_what_may_be_kept(scene: xr.DataArray, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tiny_spex(), tiny_spex(seed=1)
    assert first.cache is second.cache
    features, _ = first.encode(tile(scene))
    other, reused = second.encode(tile(scene))  # the same pixels, seen by other weights
    assert not reused
    assert first.encode(tile(scene)) == (features, True)
    assert second.encode(tile(scene)) == (other, True)
    monkeypatch.setattr(first, "cache", FeatureCache(limit=size_of(features)))
    monkeypatch.setattr(second, "cache", first.cache)
    first.encode(tile(scene))
    second.encode(tile(scene))
    assert first.cache.nbytes == size_of(features)
    assert not first.encode(tile(scene))[1]


def test_features_go_with_their_model(spex: Spex, scene: xr.DataArray) -> None:
    features, _ = spex.encode(tile(scene))
    cache, gone = FeatureCache(limit=9 * size_of(features)), tiny_spex()
    cache.put((weakref.ref(gone), "a"), features)
    del gone
    gc.collect()
    cache.put((weakref.ref(spex), "a"), features)
    assert len(cache) == 1


def test_a_cache_may_be_used_from_several_threads(spex: Spex, scene: xr.DataArray) -> None:
    features, _ = spex.encode(tile(scene))
    cache, owner = FeatureCache(limit=3 * size_of(features)), weakref.ref(spex)

    def use(seed: int) -> None:
        for number in np.random.default_rng(seed).integers(0, 9, 3000):
            key = (owner, str(number))
            if cache.get(key) is None:
                cache.put(key, features)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(use, range(4)))
    finally:
        sys.setswitchinterval(interval)
    assert (len(cache), cache.nbytes) == (3, 3 * size_of(features))


@pytest.mark.parametrize(
    ("device", "fitted", "kept"),
    [
        ("cpu", 12 << 30, 3 << 30),
        ("cpu", 64 << 30, 4 << 30),
        ("cpu", 2 << 30, 1 << 30),
        ("cuda", 32 << 30, 1 << 30),
    ],
)
def test_more_features_are_kept_where_there_is_memory(device: str, fitted: int, kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "machine_memory", lambda: fitted)
    assert memory.kept_bytes(device) == kept


def test_a_containers_limit_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "limit").write_text("5000000\n")
    (tmp_path / "none").write_text("max\n")
    fitted = memory.machine_memory()
    monkeypatch.setattr(memory, "_CGROUPS", (tmp_path / "none", tmp_path / "absent"))
    assert memory.machine_memory() >= fitted
    monkeypatch.setattr(memory, "_CGROUPS", (tmp_path / "none", tmp_path / "limit"))
    assert memory.machine_memory() == 5_000_000


def test_a_saved_checkpoint_gives_the_same(spex: Spex, scene: xr.DataArray, tmp_path: Path) -> None:
    spex.model.save_pretrained(tmp_path / "mine")
    spex.processor.save_pretrained(tmp_path / "mine")
    loaded = load_model(tmp_path / "mine", device="cpu")
    before, after = (extract(scene, "water", model=one) for one in (spex, loaded))
    np.testing.assert_allclose(before.probability, after.probability, rtol=1e-5, atol=1e-6)
    assert before.explanation == after.explanation
    assert (loaded.name, len(loaded.checkpoint)) == ("mine", 64)


def test_the_model_of_a_run_has_the_runs_name(spex: Spex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "runs" / "mine" / "model"
    spex.model.save_pretrained(folder)
    spex.processor.save_pretrained(folder)
    assert load_model(folder).name == "mine"
    monkeypatch.chdir(folder)
    assert load_model(".").name == "mine"


def test_a_model_that_was_trained_again_is_read_again(scene: xr.DataArray, tmp_path: Path) -> None:
    folder = tmp_path / "mine"

    def train(seed: int) -> str:
        trained = tiny_spex(seed=seed)
        trained.model.save_pretrained(tmp_path / "fresh")
        trained.processor.save_pretrained(tmp_path / "fresh")
        replace_folder(tmp_path / "fresh", folder)  # as a run puts its model in place
        return extract(scene, "water", model=folder).provenance["checkpoint_sha256"]

    first = train(0)
    assert shared_model(str(folder)) is shared_model(str(folder))
    assert train(1) != first
    assert shared_model(str(folder)).checkpoint != first


def test_half_precision_on_disk_runs_in_single_on_a_cpu(scene: xr.DataArray, tmp_path: Path) -> None:
    half = tiny_spex()
    half.model.half().save_pretrained(tmp_path)
    half.processor.save_pretrained(tmp_path)
    loaded = load_model(tmp_path, device="cpu")
    assert loaded.model.dtype == torch.float32
    assert np.isfinite(extract(scene, "water", model=loaded).probability).all()


def test_a_missing_checkpoint_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"there is no checkpoint 'spex-giant'; give .* a folder written by save_pretrained"):
        load_model("spex-giant")
    with pytest.raises(ValueError, match="there is no checkpoint"):
        load_model(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "spex"')
    with pytest.raises(ValueError, match=r"config.json' must hold a JSON object, .* get the checkpoint again"):
        load_model(tmp_path)


def test_weights_that_are_missing_are_no_random_numbers(spex: Spex, tmp_path: Path) -> None:
    spex.model.save_pretrained(tmp_path)
    spex.processor.save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    weights.pop("target_head.bias")
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match="lacks 1 of the weights"):
        load_model(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ValueError, match="no SPEX checkpoint could be read"):
        load_model(tmp_path)
