"""The blocks of each page run in order, in a folder of their own, and print what the page shows."""

import os
import re

import pytest

from tests.support.pages import PAGES, Session, blocks
from tests.support.paths import ROOT

DOWNLOADED = re.compile(
    r"data=(?:brown|cifar100?|conll2000|cora|emnist|faces|fashion_mnist|ionosphere|kmnist|mnist|movielens|reuters"
    r"|sentence_polarity)\b"
)
OTHERS = ("CATALOGUE.md", "RESULTS.md", "gallery.md", "plugins.md")  # generated, or run by a test of their own
TESTED = [page for page in PAGES if page.name not in OTHERS]


@pytest.mark.slow
@pytest.mark.parametrize("page", TESTED, ids=[str(page.relative_to(ROOT)) for page in TESTED])
@pytest.mark.filterwarnings("ignore::nnzoo.errors.DataWarning")
def test_page_shows_the_output_of_its_blocks(page, tmp_path, monkeypatch):
    if "NNZOO_DATA" not in os.environ and (found := DOWNLOADED.search(page.read_text(encoding="utf-8"))):
        pytest.skip(f"{found[0]} would have to be downloaded")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    session = Session()
    for block in blocks(page):
        session.run(block)
