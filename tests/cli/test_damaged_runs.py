"""Damaged files of a run, in all commands that describe runs."""

import pytest

from tests.support.commands import exit_code
from tests.support.made_runs import made_run

JSON = [
    b"",
    b"[]",
    b'"x"',
    b"{}",
    b'{"status": null}',
    b'{"status": 3, "message": 4, "time": "x"}',
    b'{"test/best": 3}',
    b'{"test/best": {"acc": "x"}}',
    b'{"sizes": 3, "unit": 4}',
    b'{"command": 3}',
    b'{"started": "x"}',
]
DAMAGED = [
    *(
        (name, content)
        for name in ("status.json", "results.json", "env.json", "data.json", "tags.json")
        for content in JSON
    ),
    *(
        ("config.yaml", content)
        for content in (
            b"[]",
            b"{}",
            b"a: &a {b: *a}",
            b"{choices: [1]}",
            b"{trial: 3}",
            b"{trial: {number: 1}}",
            b"{seed: 0, trial: {params: {}}}",
            b"{data: x, trainer: 4}",
            b"{tags: [1]}",
        )
    ),
    *(("overrides.yaml", content) for content in (b"\xff", b"{", b"x", b"{a: 1}", b"[1, {a: b}]")),
]
COMMANDS = [
    ("runs", "list"),
    ("runs", "show", "broken"),
    ("runs", "show", "broken", "--json"),
    ("runs", "compare", "broken", "whole"),
    ("board", "--json"),
]


@pytest.mark.parametrize(("name", "content"), DAMAGED, ids=str)
def test_commands_describe_runs_with_damaged_files(tmp_path, monkeypatch, capsys, name, content):
    monkeypatch.chdir(tmp_path)
    made_run(tmp_path / "outputs/digits/whole")
    broken = made_run(tmp_path / "outputs/digits/broken")
    (broken / name).write_bytes(content)
    for command in COMMANDS:
        assert exit_code(*command) == 0, capsys.readouterr().err
        assert "whole" in capsys.readouterr().out or "broken" in command


@pytest.mark.parametrize(("name", "content"), DAMAGED, ids=str)
def test_reports_of_runs_with_damaged_files(tmp_path, capsys, name, content):
    broken = made_run(tmp_path / "broken")
    (broken / name).write_bytes(content)
    assert exit_code("report", f"run={broken}") in ((0, 2) if name == "config.yaml" else (0,)), capsys.readouterr().err
    assert "a bug in nnzoo" not in capsys.readouterr().err


def test_damaged_overrides_are_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    broken = made_run(tmp_path / "outputs/digits/broken")
    (broken / "overrides.yaml").write_text("[a")
    assert exit_code("runs", "show", "broken") == 0
    out = capsys.readouterr().out
    assert "overrides.yaml cannot be read: while parsing a flow sequence" in out
    assert "every setting has its default" not in out
