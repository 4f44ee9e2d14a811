"""The documentation as a web site, and its gallery of figures."""

import os
from pathlib import Path

import pytest
from nnzoo.experiments.gallery import RUNS, image, page

from tests.support.paths import ROOT
from tests.support.processes import python

IMAGES = sorted(image(title, figure) for title, (_, figures) in RUNS.items() for figure in figures)


def test_gallery_is_the_generated_page():
    assert (ROOT / "docs" / "gallery.md").read_text() == page()


def test_gallery_has_its_pictures_and_no_others():
    found = (path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs" / "images" / "gallery").iterdir())
    assert sorted(found) == IMAGES


@pytest.mark.slow
def test_site_builds_without_warnings(tmp_path):
    """Every page is in the navigation, and every link, anchor and picture exists."""
    command = ("-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site"))
    built = python(*command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    assert "Set-up" in (tmp_path / "site" / "index.html").read_text()
    for folder in ("docs", "docs/models"):
        for markdown in (ROOT / folder).glob("*.md"):
            assert (tmp_path / "site" / Path(folder).relative_to("docs") / f"{markdown.stem}.html").is_file()
