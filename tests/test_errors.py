import warnings
from difflib import get_close_matches

import pytest
from nnzoo.cli import commands as cli
from nnzoo.errors import DataWarning, join_names, nearest_name, unknown


def test_join_names_truncates_a_long_list_and_gives_its_length():
    assert join_names("abc", limit=3) == "a, b, c"
    assert join_names("abcd", limit=3) == "a, b, c ... (4 in all)"


def test_unknown_suggests_the_nearest_name_or_lists_all():
    assert str(unknown("model", "mlpp", ["rnn", "mlp"])) == "unknown model 'mlpp'; did you mean 'mlp'?"
    assert str(unknown("model", "x", ["rnn", "mlp"])) == "unknown model 'x'; one of: mlp, rnn"
    assert str(unknown("model", 3, ["rnn", "mlp"])) == "unknown model '3'; one of: mlp, rnn"  # from Python


def test_of_equally_similar_names_the_first_is_suggested():
    names = ["networks.0.layers.0", "networks.1.layers.0"]
    assert nearest_name("layers.0", names, least=0.5) == names[0]
    assert nearest_name("layers.0", names[::-1], least=0.5) == names[1]
    assert str(unknown("layer", "layers.0", names[::-1])).endswith("did you mean 'networks.1.layers.0'?")


@pytest.mark.parametrize(
    ("name", "names", "least"), [("mlpp", ["rnn", "mlp"], 0.9), ("mlpp", [], 0.5), ("", [], 0.5), ("", ["mlp"], 0.5)]
)
def test_no_name_is_similar_enough(name, names, least):
    assert nearest_name(name, names, least=least) is None


def test_the_nearest_name_is_the_most_similar_one_of_difflib():
    names = ["hidden", "hidden_size", "embedding", "dropout"]
    for name in ("hiden", "embeding", "hidden_siz", "dropot", "lr"):
        close = get_close_matches(name, names, n=1, cutoff=0.6)
        assert nearest_name(name, names) == next(iter(close), None)


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
