"""Preprocessing restored from what a checkpoint contains."""

import pytest
from nnzoo.errors import UserError
from nnzoo.preprocessing.restore import restore
from nnzoo.preprocessing.tokens import TokenPreprocessing


def test_damaged_and_unknown_preprocessing_is_refused() -> None:
    plain = TokenPreprocessing(vocabulary=("a", "b")).to_dict()
    assert restore(plain) == TokenPreprocessing(vocabulary=("a", "b"))
    damaged = {key: value for key, value in plain.items() if key != "vocabulary"}
    with pytest.raises(UserError, match=rf"^the checkpoint's preprocessing '{plain['kind']}' is damaged: "):
        restore(damaged)
    with pytest.raises(UserError, match="has a preprocessing of kind 'sounds', which this version does not know"):
        restore(plain | {"kind": "sounds"})
