"""The Explorer where people meet it: as a page of its own in Voila, in Notebook 7, and behind a Hub's address."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.lab import (
    ROOT,
    Lab,
    draw_rectangle,
    mask_pixels,
    run_first_cell,
    running_lab,
    running_notebook,
    running_voila,
    wait_for_map,
)
from tests.support.browser.pages import Pages

pytestmark = pytest.mark.browser
PREFIX = "/user/someone/"
_NAMES = "() => [...document.querySelectorAll('.spx-app [role=slider]')].map(handle => handle.getAttribute('aria-label'))"


@pytest.fixture
def page(pages: Pages) -> Iterator[Page]:
    """A page of its own: what another server's page still asks would be listened to as well."""
    pages.drop()
    yield pages.lend()
    pages.drop()


@pytest.fixture
def addresses(page: Page) -> list[str]:
    """Every address that the page asks, pictures within the page aside."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
    page.on("websocket", lambda socket: asked.append(socket.url))
    return asked


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Every error that the page raises or writes to the browser's console."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.fixture
def notebook_server(tmp_path: Path) -> Iterator[Lab]:
    with running_notebook(tmp_path) as server:
        yield server


@pytest.fixture
def prefixed_lab(tmp_path: Path) -> Iterator[Lab]:
    with running_lab(tmp_path, base=PREFIX) as server:
        yield server


@pytest.fixture
def voila(tmp_path: Path) -> Iterator[str]:
    with running_voila(tmp_path, ROOT / "notebooks" / "00_app.ipynb") as address:
        yield address


def draw_type_and_run(page: Page) -> None:
    wait_for_map(page)
    draw_rectangle(page, 0.4, 0.15, 0.65, 0.6)
    expect(page.locator(".spx-where").first).to_contain_text("In the drawn area")
    page.locator(".spx-instr input").first.fill("where are the trees?")
    page.locator(".spx-instr input").first.press("Enter")
    expect(page.locator(".spx-status").first).to_contain_text("Done in", timeout=120_000)
    assert mask_pixels(page) > 100


def open_explorer(page: Page, server: Lab) -> None:
    shutil.copy(ROOT / "notebooks" / "01_explore.ipynb", server.folder)
    server.open(page, "01_explore.ipynb")
    run_first_cell(page)


def slider_names(page: Page) -> list[str | None]:
    """What a screen reader calls each slider of the app."""
    names: list[str | None] = page.evaluate(_NAMES)
    return names


def ports(addresses: list[str]) -> set[int | None]:
    return {urlsplit(address).port for address in addresses}


def test_it_is_a_page_of_its_own_in_voila(page: Page, voila: str, addresses: list[str], complaints: list[str]) -> None:
    page.goto(voila, timeout=120_000)
    draw_type_and_run(page)
    assert page.title() == "spexlab – Explorer"
    assert complaints == []
    assert page.locator(".jp-InputArea:visible").count() == 0
    assert ports(addresses) == {urlsplit(voila).port}


def test_it_runs_in_notebook_7(page: Page, notebook_server: Lab, addresses: list[str]) -> None:
    open_explorer(page, notebook_server)
    draw_type_and_run(page)
    names = slider_names(page)
    assert "Mask opacity" in names
    assert all(names)
    assert ports(addresses) == {notebook_server.port}


def test_it_runs_behind_a_hubs_address(page: Page, prefixed_lab: Lab, addresses: list[str]) -> None:
    open_explorer(page, prefixed_lab)
    draw_type_and_run(page)
    # A Hub passes on nothing but the server's own port, and there nothing but the person's own address.
    assert ports(addresses) == {prefixed_lab.port}
    assert all(urlsplit(address).path.startswith(PREFIX) for address in addresses)
