"""One JupyterLab server and one browser for all browser tests, one page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.browser.lab import CHROMIUM, Lab, running_lab
from tests.support.browser.pages import VIEWPORT, Pages


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def browser(browser_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> BrowserContext:
    """One for all: what JupyterLab's pages are made of is fetched and compiled once."""
    return browser.new_context(viewport=VIEWPORT)


@pytest.fixture(scope="session")
def pages(context: BrowserContext) -> Pages:
    return Pages(context)


@pytest.fixture
def page(pages: Pages, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = pages.lend()
    expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
    failed = request.session.testsfailed
    yield page
    if request.session.testsfailed > failed:
        page.screenshot(path=tmp_path / "failure.png")
        pages.drop()
