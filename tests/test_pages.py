"""The runner of the pages itself: what counts as equal output."""

import pytest

from tests.support.pages import Block, Session, blocks, check, expected, shortened

SHOWN = """\
$ nnzoo train model=mlp
test/best    loss 0.1026  acc 0.9582  errors 15
...
$ python -c "
print(1)
"
1
"""


def test_commands_with_their_output():
    assert list(expected(SHOWN)) == [
        ("nnzoo train model=mlp", ["test/best    loss 0.1026  acc 0.9582  errors 15", "..."]),
        ('python -c "\nprint(1)\n"', ["1"]),
    ]


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (["loss 0.1026  acc 0.9582  errors 15"], ["loss 0.09788  acc 0.9721  errors 11"]),
        (["run          outputs/iris/mlp-1126-075738-7efb"], ["run          outputs/iris/mlp-1121-113705-f403"]),
        (["a", "b", "c"], ["...", "c"]),
        (["data         x.csv: 150 rows"], ["data         x.csv: ..."]),
        (["0  5 s  mlp"], ["0  98 s  mlp"]),
        (["lr=1e-3"], ["lr=0.001"]),
    ],
)
def test_equal_output(found, shown):
    check(found, shown)


@pytest.mark.parametrize(
    ("found", "shown", "message"),
    [
        (["loss 0.1026"], ["loss 0.3026"], "not printed"),
        (["150 rows"], ["151 rows"], "not printed"),
        (["acc 0.9"], ["accuracy 0.9"], "not printed"),
        (["engine", "acc 0.9"], ["acc 0.9"], "not shown"),
        (["acc 0.9", "engine"], ["acc 0.9"], "not shown"),
        (["lines"], [], "not shown"),
        (["errors 150"], ["errors 15"], "not printed"),
        (["x 1"], ["x 1 2"], "not printed"),
    ],
)
def test_other_output(found, shown, message):
    with pytest.raises(AssertionError, match=message):
        check(found, shown)


def test_what_python_prints(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session = Session()
    session.run(Block("python", "x = 1\nprint(x)  # 1\nprint(f'{x} {x}')\n# 1 1\nprint('anything')\n"))
    with pytest.raises(AssertionError, match=r"not printed:\s+2\s"):
        session.run(Block("python", "print(x)  # 2\n"))
    session.run(Block("python", "# package/module.py\nname = 'of a file'\n"))
    assert (tmp_path / "package" / "module.py").read_text().endswith("name = 'of a file'\n")
    session.run(
        Block("console", '$ NAME=$(echo "a b")\n$ echo "$NAME"\na b\n$ nnzoo trian\nnnzoo: unknown command ...\n')
    )
    with pytest.raises(AssertionError, match="nnzoo trian"):
        session.run(Block("sh", "nnzoo trian\n"))


def test_hidden_and_excluded_blocks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("<!-- setup\nx = 1\n-->\n```sh\na\n```\n<!-- not run: why -->\n```sh\nb\n```\n```sh\nc\n```\n")
    assert list(blocks(page)) == [Block("setup", "\nx = 1\n"), Block("sh", "a\n"), Block("sh", "c\n")]


def test_training_is_short_where_no_output_is_shown():
    assert shortened("nnzoo train data=iris") == "nnzoo train data=iris trainer.max_epochs=1"
    assert shortened("nnzoo train sweep=tpe data=iris").endswith("trainer.max_epochs=1 sweep.trials=3")
    for same in ("nnzoo predict run=a", "nnzoo train resume=a trainer.max_epochs=4", "nnzoo train --cfg job"):
        assert shortened(same) == same
