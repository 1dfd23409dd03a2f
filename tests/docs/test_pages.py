"""README and docs: what scripts write into them, what they link to, and that the site builds."""

import re
from pathlib import Path

import pytest

from tests.support.benchmarks import load

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
MADE = {"model-card.md", "teaching.md", "changelog.md", "reference/cli.md"}
"""Pages that scripts/docs_pages.py makes."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        found = (page.parent / target).resolve()
        inside = str(found.relative_to(ROOT / "docs")) if found.is_relative_to(ROOT / "docs") else ""
        made = inside in MADE or (inside and (ROOT / inside).with_suffix(".ipynb").is_file())
        assert found.exists() or made, f"{page.name} links to {target}"


def test_the_readme_keeps_two_screens() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 80


def test_the_figures_of_the_readme_are_those_of_the_benchmarks() -> None:
    assert load("figures").text(ROOT / "benchmarks" / "results") in (ROOT / "README.md").read_text(encoding="utf-8")
