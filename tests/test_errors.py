import warnings

import pytest
from nnzoo.cli import commands as cli
from nnzoo.errors import DataWarning, join_names, unknown


def test_join_names_truncates_a_long_list_and_gives_its_length():
    assert join_names("abc", limit=3) == "a, b, c"
    assert join_names("abcd", limit=3) == "a, b, c ... (4 in all)"


def test_unknown_suggests_the_nearest_name_or_lists_all():
    assert str(unknown("model", "mlpp", ["rnn", "mlp"])) == "unknown model 'mlpp'; did you mean 'mlp'?"
    assert str(unknown("model", "x", ["rnn", "mlp"])) == "unknown model 'x'; one of: mlp, rnn"
    assert str(unknown("model", 3, ["rnn", "mlp"])) == "unknown model '3'; one of: mlp, rnn"  # from Python


def test_a_data_warning_is_printed_once_as_one_line(monkeypatch, capsys):
    def warned(args):
        for _ in range(2):
            warnings.warn("a column\nis constant", DataWarning, stacklevel=1)
        warnings.warn("another", DataWarning, stacklevel=1)
        warnings.warn("of a library", UserWarning, stacklevel=1)
        return 0

    def main():
        warnings.simplefilter("always")
        cli.main(["list"])

    monkeypatch.setitem(cli.COMMANDS, "list", warned)
    with warnings.catch_warnings(record=True) as others, pytest.raises(SystemExit):
        main()
    assert [str(each.message) for each in others] == ["of a library"]
    assert capsys.readouterr().err == "nnzoo: note: a column is constant\nnnzoo: note: another\n"
