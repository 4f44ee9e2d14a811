import warnings

import pytest
from nnzoo.cli import commands as cli
from nnzoo.errors import DataWarning, listed, unknown


def test_a_short_list_is_whole_and_a_long_one_says_how_long():
    assert listed("abc", most=3) == "a, b, c"
    assert listed("abcd", most=3) == "a, b, c ... (4 in all)"


def test_the_nearest_name_or_all_of_them():
    assert str(unknown("model", "mlpp", ["rnn", "mlp"])) == "unknown model 'mlpp'; did you mean 'mlp'?"
    assert str(unknown("model", "x", ["rnn", "mlp"])) == "unknown model 'x'; one of: mlp, rnn"


def test_what_is_to_be_known_of_the_data_is_one_line_and_said_once(monkeypatch, capsys):
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
