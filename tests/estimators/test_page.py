"""The blocks of the page "scikit-learn estimators" run in order and print what the page shows."""

import re

import pytest
from tests.test_own_data_page import check, run_python

from tests.support.paths import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_page_shows_what_its_blocks_print(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "notebook"}
    blocks = BLOCK.findall((ROOT / "docs" / "estimators.md").read_text(encoding="utf-8"))
    for block in blocks:
        check(*run_python(block, names))
    assert len(blocks) > 4
