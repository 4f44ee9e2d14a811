"""The section on objects from Python runs as one notebook would run it."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from nnzoo.errors import UserError

from tests.support.pages import FENCE
from tests.support.paths import ROOT


def test_blocks_run_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    (section,) = (part for part in re.split(r"^(?=## )", page, flags=re.MULTILINE) if part.startswith("## Objects"))
    monkeypatch.chdir(tmp_path)
    quick = {"trainer.max_epochs": 2, "callbacks.figures": None}
    notebook = {"__name__": "__main__", "quick": quick}
    blocks = [*FENCE.findall(section), ("", "")]
    for (language, block), (following, shown) in pairwise(blocks):
        if language != "python":
            continue
        code = compile(block.replace('data="iris",', 'data="iris", **quick,'), "page", "exec")
        if following != "text":
            exec(code, notebook)
            continue
        with pytest.raises(UserError) as error:
            exec(code, notebook)
        expected = (
            re.escape(shown.strip().removeprefix("UserError: ")).replace(r"\.\.\.", ".*").replace("outputs", ".*")
        )
        assert re.fullmatch(expected, str(error.value))
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1] in ("['setosa']", "['versicolor']", "['virginica']")
    assert 0 <= float(printed[-2]) <= 1
