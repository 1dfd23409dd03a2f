import errno
import json
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image

from spexlab.evidence.limits import Limits, limit_words
from spexlab.scene.writing import write_image
from spexlab.spie import SpieSettings, build_spie, has_part, read_spie, reading
from tests.support.places import striped_place


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    return build_spie([striped_place()], tmp_path_factory.mktemp("spie") / "set", SpieSettings(per_place=12, size=20))


def test_a_record_is_what_the_released_trainer_reads(built) -> None:
    for record in json.loads((built / "spie.json").read_text()):
        assert set(record) == {"id", "image", "gt_image", "conversations", "spexlab"}
        human, gpt = record["conversations"]
        assert (human["from"], gpt["from"]) == ("human", "gpt")
        assert human["value"].startswith("<image>\n")
        assert human["value"].count("<image>") == 1
        with Image.open(built / "masks" / record["gt_image"]) as mask:
            assert mask.mode == "L"
            assert set(np.unique(np.asarray(mask))) <= {0, 1}, "positives are stored as 1"
        assert (built / "images" / record["image"]).is_file()


def test_the_instruction_stands_in_the_conversation_and_not_in_the_question(built) -> None:
    records = {record["id"]: record for record in json.loads((built / "spie.json").read_text())}
    for sample in read_spie(built):
        human = records[sample.name]["conversations"][0]["value"]
        assert sample.instruction.text in human
        if sample.target is not None:
            assert sample.question.startswith("<image>\nBased on the provided image and the attributes of the")
            assert human.replace(sample.instruction.text + "\n", "", 1) == sample.question


def test_what_limits_left_is_said_in_the_conversation_only(built) -> None:
    records = {record["id"]: record for record in json.loads((built / "spie.json").read_text())}
    limited = [sample for sample in read_spie(built) if sample.kind == "limit"]
    assert limited
    for sample in limited:
        assert (
            records[sample.name]["conversations"][1]["value"]
            == f"{limit_words(Limits.named(sample.instruction.limits))} {sample.answer}"
        )
        assert "As asked" not in sample.answer


def test_pictures_keep_their_bands_and_reflectance(tmp_path) -> None:
    scene = striped_place().scene
    scene[:, 0, 0] = np.nan
    write_image(scene, tmp_path / "image.tif")
    with rasterio.open(tmp_path / "image.tif") as file:
        assert file.descriptions == ("blue", "green", "red", "nir", "swir16", "swir22")
        assert file.scales[0] == pytest.approx(1e-4)
        assert float(file.tags(4)["WAVELENGTH_NM"]) == 840.0
    from spexlab.scene import open_scene

    again = open_scene(tmp_path / "image.tif")
    assert not again.attrs["radiometry_assumed"]
    np.testing.assert_allclose(again.values, scene.values, atol=5.1e-5)


def test_true_colour_for_the_released_trainer(tmp_path) -> None:
    folder = build_spie([striped_place()], tmp_path / "set", SpieSettings(per_place=3, size=20, images="png"))
    record = json.loads((folder / "spie.json").read_text())[0]
    with Image.open(folder / "images" / record["image"]) as image:
        assert image.mode == "RGB"
    sample = read_spie(folder)[0]
    assert sample.scene["band"].values.tolist() == ["red", "green", "blue"]
    assert sample.scene.attrs["pixel_size_m"] == 10.0


def test_a_released_set_without_our_fields_is_read(tmp_path) -> None:
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    Image.fromarray(np.arange(768, dtype=np.uint8).reshape(16, 16, 3)).save(tmp_path / "images" / "a.png")
    Image.fromarray(np.eye(16, dtype=np.uint8)).save(tmp_path / "masks" / "a_mask.png")
    turns = [{"from": "human", "value": "<image>\nWhere is the vegetation?"}, {"from": "gpt", "value": "Here."}]
    (tmp_path / "train.json").write_text(json.dumps([{"image": "a.png", "gt_image": "a_mask.png", "conversations": turns}]))
    (sample,) = read_spie(tmp_path)
    assert sample.mask.sum() == 16
    assert sample.known.all()
    assert (sample.instruction.text, sample.question, sample.answer) == ("Where is the vegetation?", turns[0]["value"], "Here.")
    assert (sample.target, sample.instruction.include, sample.kind) == ("vegetation", ("vegetation",), "one target")


def test_parts_are_read_apart(tmp_path) -> None:
    places = [striped_place(f"place-{number}", group=f"spot-{number}") for number in range(4)]
    folder = build_spie(places, tmp_path / "set", SpieSettings(per_place=2, size=20, validation=0.4))
    names = {part: {sample.name for sample in read_spie(folder, part=part)} for part in ("train", "validation", None)}
    assert names["train"]
    assert names["validation"]
    assert names["train"] | names["validation"] == names[None]
    assert not names["train"] & names["validation"]
    assert [has_part(folder, part) for part in ("train", "validation", "test")] == [True, True, False]


def test_a_set_that_is_not_split_is_all_for_training(built) -> None:
    assert [sample.name for sample in read_spie(built, part="train")] == [sample.name for sample in read_spie(built)]
    assert not has_part(built, "validation")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{}", "something else"),
        ("[", "no JSON"),
        ('[{"image": "a.png"}]', "record 0 of spie.json must have image, gt_image and conversations"),
        ('[{"image": "a", "gt_image": "b", "conversations": [{"value": 1}]}]', "record 0 of spie.json"),
    ],
)
def test_a_broken_list_is_named(tmp_path, content, words) -> None:
    (tmp_path / "spie.json").write_text(content)
    with pytest.raises(ValueError, match=words):
        list(read_spie(tmp_path))


def test_a_folder_without_a_list_is_said_so(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"holds a list of records such as spie\.json"):
        list(read_spie(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"validation\.json"):
        list(read_spie(tmp_path, part="validation"))


def test_a_missing_picture_is_an_error_with_its_name(built, tmp_path) -> None:
    (tmp_path / "masks").mkdir()
    record = json.loads((built / "spie.json").read_text())[0]
    (tmp_path / "masks" / record["gt_image"]).write_bytes((built / "masks" / record["gt_image"]).read_bytes())
    (tmp_path / "spie.json").write_text(json.dumps([record]))
    with pytest.raises(OSError, match=record["image"]):
        list(read_spie(tmp_path))


def test_pictures_are_read_when_they_are_asked_for(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = reading._read_image
    monkeypatch.setattr(reading, "_read_image", lambda path, facts: read.append(path.name) or real(path, facts))
    samples = read_spie(built)
    drawn = samples.only(lambda entry: entry.drawn)
    assert 0 < len(drawn) < len(samples) == len(samples.entries)
    assert read == []
    assert drawn[-1].name == drawn.entries[-1].name
    assert len(read) == 1
    whole = [sample for sample in samples if sample.drawn]
    assert [sample.name for sample in whole] == [entry.name for entry in drawn.entries]
    assert all(sample.facts == entry.facts for sample, entry in zip(whole, drawn.entries, strict=True))


def test_a_set_that_finds_no_room_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OSError, match=r"cannot write '.*/set': the disk is full"):
        build_spie([striped_place()], tmp_path / "set", SpieSettings(per_place=3, size=20))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["image", "gt_image"])
def test_a_set_names_no_files_outside_itself(built: Path, tmp_path: Path, key: str) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "set"))
    records = json.loads((folder / "spie.json").read_text())
    inside = folder / ("images" if key == "image" else "masks") / records[0][key]
    shutil.copy(inside, tmp_path / inside.name)
    for name in (f"../../{inside.name}", str(tmp_path / inside.name)):
        (folder / "spie.json").write_text(json.dumps([records[0] | {key: name}]))
        with pytest.raises(ValueError, match=r"record 0 of spie.json .*must lie in it"):
            list(read_spie(folder))


@pytest.mark.parametrize("side", [21, 20_000])
def test_a_mask_has_its_pictures_size(built: Path, tmp_path: Path, side: int) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "set"))
    record = json.loads((folder / "spie.json").read_text())[0]
    content = bytearray((folder / "masks" / record["gt_image"]).read_bytes())
    content[16:24] = side.to_bytes(4) * 2  # the header's width and height ...
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4)  # ... and its checksum
    (folder / "masks" / record["gt_image"]).write_bytes(content)
    with pytest.raises(ValueError, match=r"record 0 of spie.json .*must have .*picture"):
        list(read_spie(folder))
