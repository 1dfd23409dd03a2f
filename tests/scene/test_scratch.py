"""Scratch folders: gone after use, and gone in the end whatever happened to the process that made them."""

import os
import subprocess
import sys
from pathlib import Path

from spexlab.scene.scratch import scratch_folder

MADE = """
import sys, pathlib
from spexlab.scene.scratch import scratch_folder
with scratch_folder(pathlib.Path(sys.argv[1])) as name:
    (pathlib.Path(name) / "half").touch()
    print("made", flush=True)
    input()
"""


def test_a_folder_lasts_as_long_as_its_process(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", MADE, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "made\n"
    (theirs,) = tmp_path.iterdir()
    with scratch_folder(tmp_path), scratch_folder(tmp_path):
        assert theirs in tmp_path.iterdir()
        assert len(list(tmp_path.iterdir())) == 3
    child.kill()
    child.communicate()
    assert list(tmp_path.iterdir()) == [theirs]
    with scratch_folder(tmp_path) as ours:
        assert list(tmp_path.iterdir()) == [Path(ours)]
    assert list(tmp_path.iterdir()) == []


def test_what_others_may_be_at_work_in_is_left_for_a_day(tmp_path: Path) -> None:
    kinds = ("elsewhere", "unsigned", "old-elsewhere", "old-unsigned")
    names = (".spexlab-1-another.host-abc", ".spexlab-abc_def", ".spexlab-1-another-host-def", ".spexlab-zzz")
    folders = dict(zip(kinds, (tmp_path / name for name in names), strict=True))
    for kind, folder in folders.items():
        folder.mkdir()
        if kind.startswith("old"):
            os.utime(folder, (0, 0))
    scratch_folder(tmp_path).cleanup()
    assert sorted(tmp_path.iterdir()) == sorted([folders["elsewhere"], folders["unsigned"]])


def test_a_number_that_was_given_again_is_another_process(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as ours:
        left = tmp_path / f"{Path(ours).name}x"  # by its name another one of this process
        left.mkdir()
        scratch_folder(tmp_path).cleanup()
        assert left.is_dir()
        os.utime(left, (0, 0))  # but made long before it
        scratch_folder(tmp_path).cleanup()
        assert not left.exists()
