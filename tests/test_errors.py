from nnzoo.errors import listed, unknown


def test_a_short_list_is_whole_and_a_long_one_says_how_long():
    assert listed("abc", most=3) == "a, b, c"
    assert listed("abcd", most=3) == "a, b, c ... (4 in all)"


def test_the_nearest_name_or_all_of_them():
    assert str(unknown("model", "mlpp", ["rnn", "mlp"])) == "unknown model 'mlpp'; did you mean 'mlp'?"
    assert str(unknown("model", "x", ["rnn", "mlp"])) == "unknown model 'x'; one of: mlp, rnn"
