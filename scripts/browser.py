"""A browser for the tests: find Chromium or Chrome, or install one.

    python scripts/browser.py      print where it is, after installing one if there is none

Exit 1 where none can be had and CI is set: there the browser tests must run. Elsewhere they are skipped with the same line.
"""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

CHOSEN = "SPEXLAB_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
MISSING = (
    "no working Chromium or Chrome found: install one (Debian, Ubuntu: apt-get install chromium; "
    f"macOS: brew install --cask google-chrome) or set {CHOSEN} to its path"
)


@functools.cache
def find_browser() -> str | None:
    """Return the path of a Chromium or Chrome that starts, or None.

    SPEXLAB_BROWSER decides alone if it is set; else an installed browser comes before Playwright's own download.
    """
    return next(filter(_starts, _candidates()), None)


def provide_browser() -> str | None:
    """Return the path of a browser, installing one if there is none: Debian's package as root, else Playwright's download."""
    # A browser that was chosen and does not start is not replaced behind the user's back.
    for install in () if os.environ.get(CHOSEN) else (_install_package, _install_download):
        if find_browser():
            break
        install()
        find_browser.cache_clear()
    return find_browser()


def _candidates() -> Iterator[str]:
    if chosen := os.environ.get(CHOSEN):
        yield chosen
        return
    yield from filter(None, map(shutil.which, (*NAMES, *MAC_APPS)))
    yield from _playwright_download()


def _playwright_download() -> Iterator[str]:
    # Asked of Playwright in a process of its own: its synchronous interface refuses to start beside a running event loop.
    code = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if answer.returncode == 0:
        yield answer.stdout.strip()


def _starts(path: str) -> bool:
    # On Ubuntu `chromium-browser` may be a stub that only tells how to install a snap, and a download may lack its libraries.
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _install_package() -> None:
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not (is_root and shutil.which("apt-get")):
        return
    _say("Installing Debian's chromium for the browser tests ...")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        _run("apt-get", "-qq", *command, env=quiet)


def _install_download() -> None:
    _say("Downloading Playwright's Chromium for the browser tests ...")
    _run(sys.executable, "-m", "playwright", "install", "chromium")


def _run(*command: str, env: dict[str, str] | None = None) -> None:
    # Whether it helped is seen by looking for the browser again; why it did not is the first line that calls itself an error.
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        lines = (done.stdout + done.stderr).splitlines()
        _say(
            "  "
            + next((line for line in lines if line.startswith(("E:", "Error"))), f"that failed with exit status {done.returncode}")
        )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Print the browser's path; return the exit status."""
    if path := provide_browser():
        print(path)
        return 0
    if os.environ.get("CI"):
        _say(f"error: {MISSING}")
        return 1
    _say(f"browser tests will be skipped: {MISSING}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
