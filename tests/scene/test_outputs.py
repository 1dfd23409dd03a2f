import errno
from pathlib import Path
from types import SimpleNamespace

import pytest
from rasterio.errors import RasterioIOError

from spexlab.scene.outputs import check_writable, replacing


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(target) as temporary:
        temporary.write_text(f"half {1 / 0}")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        with replacing(tmp_path / "a.txt"):
            raise OSError(errno.ENOSPC, "No space left on device")

    def short() -> None:
        with replacing(tmp_path / "a.txt"):
            raise RasterioIOError("Write failed. See previous exception for details.")

    for attempt in (full, short):
        with pytest.raises(OSError, match=r"cannot write '.*a.txt': the disk is full; .* make room and try again"):
            attempt()
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_known_beforehand(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"no folder .*create it first"):
        check_writable(tmp_path / "absent" / "m.tif")
    with pytest.raises(OSError, match="it is a folder"):
        check_writable(tmp_path)
    with pytest.raises(OSError, match="no folder"):
        check_writable(tmp_path / "file" / "m.tif")
    with pytest.raises(OSError, match="choose a folder that you may write to"):
        check_writable("/proc/m.tif")
    with pytest.raises(ValueError, match=r"must end in \.tif or \.tiff"):
        check_writable(tmp_path / "m.png", suffixes=(".tif", ".tiff"))
    check_writable(tmp_path / "m.tif")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
