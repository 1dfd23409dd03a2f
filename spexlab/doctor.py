"""Whether a machine is ready for spexlab: one check a function, each in plain words, with what to do.

`spexlab doctor` prints them before a class begins. Nothing here repairs anything, and nothing needs the network.
"""

import os
import re
import shutil
import socket
import sys
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import psutil
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from spexlab.shipped import shipped

GIB = 2**30
MEMORY, AMPLE_MEMORY = 2 * GIB, 4 * GIB
"""Free bytes below which a notebook is likely to be killed, and below which only one of those that train fits."""
DISK = 1 * GIB
"""Free bytes below which the runs of a day do not fit beside the files that are written."""
JUPYTER_PORT, PORTS_TRIED = 8888, 50
"""Where Jupyter listens unless told otherwise, and how many ports it tries from there."""
_EXTRAS = ("", "explore", "train")
_TEXT_BROWSERS = {"www-browser", "lynx", "links", "elinks", "w3m"}
_ELSEWHERE = ("JUPYTERHUB_USER", "SSH_CONNECTION", "BINDER_SERVICE_HOST", "COLAB_RELEASE_TAG")
"""Set where whoever works here sits at another machine, with a browser of its own."""


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    name: str
    state: Literal["ok", "note", "problem"]
    """A note can be lived with; a problem has to be mended before the notebooks run."""
    found: str
    """What is there, in words."""
    advice: str = ""
    """What to do about it; "" where there is nothing to do."""


def examine(folder: Path, *, port: int | None = None) -> list[Finding]:
    """Check this machine.

    Parameters
    ----------
    folder : Path
        Where the class will work: notebooks, runs and results.
    port : int, optional
        The port that Jupyter will be told to use; unless given, its usual one or the next that is free.
    """
    return [
        python(),
        packages(),
        torch_and_gpu(),
        memory(),
        disk(folder),
        write_access(folder),
        browser(),
        ports(port),
        checkpoint(),
        sample(),
    ]


def python() -> Finding:
    """Compare the running Python with what spexlab asks for."""
    wanted = metadata.metadata("spexlab")["Requires-Python"]
    running = ".".join(map(str, sys.version_info[:3]))
    if SpecifierSet(wanted).contains(running):
        return Finding("Python", "ok", f"{running}, at {sys.prefix}")
    return Finding(
        "Python",
        "problem",
        f"{running}, but spexlab needs {wanted}",
        "install a newer Python, then: make PYTHON=python3.12 explore",
    )


def packages() -> Finding:
    """Compare what is installed with the oldest versions that spexlab works with, and with those that it was tested with."""
    wrong = [_told(need) for need in _needs() if not _satisfied(need)]
    if wrong:
        return Finding(
            "Packages", "problem", "; ".join(wrong), "in a checkout: make explore; elsewhere: pip install 'spexlab[explore]'"
        )
    pins, count = list(_pins()), len(list(_needs()))
    other = [f"{pin.name} {_installed(pin.name)}" for pin in pins if not _satisfied(pin)]
    if other:
        return Finding(
            "Packages",
            "note",
            f"new enough, but {len(other)} are not the versions that spexlab was tested with: {_some(other)}",
            "if something fails: pip install --constraint constraints.txt 'spexlab[explore]'",
        )
    return Finding("Packages", "ok", f"{count} packages are new enough" + (", and as tested" if pins else ""))


def torch_and_gpu() -> Finding:
    """Say what the model will run on."""
    name = "Torch and GPU"
    try:
        import torch
    except (ImportError, OSError) as error:  # a torch whose libraries are missing raises OSError
        return Finding(
            name, "problem", f"torch cannot be loaded ({_line(error)})", "install torch as pytorch.org says for this machine"
        )
    if torch.cuda.is_available():
        card = torch.cuda.get_device_properties(0)
        return Finding(name, "ok", f"torch {torch.__version__}, {card.name} with {card.total_memory / GIB:.0f} GiB")
    found = f"torch {torch.__version__}, no GPU: {torch.get_num_threads()} processor threads do the work"
    if shutil.which("nvidia-smi"):
        return Finding(
            name, "note", f"{found}, though there is an NVIDIA driver", "install a torch that was built with CUDA to use the card"
        )
    return Finding(name, "note", found, "nothing has to be done: every notebook runs so, those that train take minutes")


def memory() -> Finding:
    """Say whether a notebook fits beside what runs already."""
    free, total = psutil.virtual_memory().available, psutil.virtual_memory().total
    found = f"{free / GIB:.1f} of {total / GIB:.1f} GiB are free"
    if free < MEMORY:
        return Finding("Memory", "problem", found, f"close other programs until {MEMORY / GIB:.0f} GiB are free")
    if free < AMPLE_MEMORY:
        return Finding("Memory", "note", found, "run one notebook at a time, and shut its kernel down after it")
    return Finding("Memory", "ok", found)


def disk(folder: Path) -> Finding:
    """Say whether a day's files fit."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    found = f"{free / GIB:.1f} GiB are free at {there}"
    if free < DISK:
        return Finding("Disk", "problem", found, f"make room until {DISK / GIB:.0f} GiB are free, or work in another folder")
    return Finding("Disk", "ok", found)


def write_access(folder: Path) -> Finding:
    """Say whether files can be written where the class works."""
    from spexlab.scene.outputs import check_folder

    try:
        check_folder(folder)
    except OSError as error:
        return Finding("Write access", "problem", _line(error), "work in a folder of your own: spexlab doctor FOLDER")
    return Finding("Write access", "ok", f"files can be written to {folder.absolute()}")


def browser() -> Finding:
    """Say whether JupyterLab can be shown."""
    try:
        found = getattr(webbrowser.get(), "name", "") or "the system's own"
    except webbrowser.Error:
        found = ""
    if found and Path(found).name not in _TEXT_BROWSERS:
        return Finding("Browser", "ok", Path(found).name)
    lacking = f"{Path(found).name} shows no maps" if found else "none was found"
    if any(os.environ.get(name) for name in _ELSEWHERE) or _has_no_screen():
        return Finding(
            "Browser", "note", f"{lacking} on this machine", "nothing has to be done: open the address in your own browser"
        )
    return Finding(
        "Browser", "problem", lacking, "install Firefox, Chrome or Edge; or open the address that Jupyter prints elsewhere"
    )


def _has_no_screen() -> bool:
    """Whether nobody can sit at this machine: Linux without a display shows no browser, whatever is installed."""
    return sys.platform == "linux" and not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def ports(port: int | None = None) -> Finding:
    """Say whether Jupyter can listen."""
    name = "Port"
    if _free(port or JUPYTER_PORT):
        return Finding(name, "ok", f"{port or JUPYTER_PORT} is free")
    spare = next((one for one in range((port or JUPYTER_PORT) + 1, (port or JUPYTER_PORT) + PORTS_TRIED) if _free(one)), None)
    found = f"{port or JUPYTER_PORT} is taken, perhaps by another Jupyter"
    if spare is None:
        return Finding(
            name, "problem", f"{found}, and so are those after it", "end programs that listen, or: make explore PORT=9999"
        )
    if port is not None:
        return Finding(name, "problem", found, f"use another: make explore PORT={spare}")
    return Finding(name, "note", found, f"nothing has to be done: Jupyter takes {spare}; open the address that it prints")


def checkpoint() -> Finding:
    """Say whether the model is here, so that no network is needed."""
    name = "Model"
    try:
        from spexlab.extraction.loading import load_model

        model = load_model(device="cpu")
    except (ImportError, OSError, ValueError) as error:
        return Finding(name, "problem", _line(error), "install spexlab again; its checkpoint comes with it")
    return Finding(name, "ok", f"{model.name} is here, works offline, and knows {len(model.targets)} targets")


def sample() -> Finding:
    """Say whether there is a scene to begin with, so that no network is needed."""
    name = "Sample scene"
    try:
        from spexlab.scene import sample_scene

        scene = sample_scene()
    except (ImportError, OSError, ValueError) as error:
        return Finding(name, "problem", _line(error), "install spyndex again; the scene comes with it")
    return Finding(name, "ok", f"{scene.attrs['title']} is here, {scene.sizes['y']} x {scene.sizes['x']} pixels")


def _needs() -> Iterator[Requirement]:
    """What spexlab needs, with the extras that the notebooks use."""
    for line in metadata.requires("spexlab") or ():
        need = Requirement(line)
        wanted = need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in _EXTRAS)
        if wanted and need.name != "spexlab":
            yield need


def _pins() -> Iterator[Requirement]:
    """The versions that the tests ran with, of what is needed."""
    file, needed = shipped("constraints.txt"), {_normal(need.name) for need in _needs()}
    lines = file.read_text(encoding="utf-8").splitlines() if file else ()
    pins = (Requirement(line) for line in lines if line and not line.startswith("#"))
    yield from (pin for pin in pins if _normal(pin.name) in needed)


def _satisfied(need: Requirement) -> bool:
    version = _installed(need.name)
    # torch's build tag (+cpu) is no part of the version that is pinned; a specifier without one accepts any.
    return version is not None and need.specifier.contains(version, prereleases=True)


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _told(need: Requirement) -> str:
    version = _installed(need.name)
    return f"{need.name} is {version}, older than {need.specifier}" if version else f"{need.name} is not installed"


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _free(port: int) -> bool:
    with socket.socket() as listener:
        # As servers do: a port that was left a moment ago is no taken one.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
