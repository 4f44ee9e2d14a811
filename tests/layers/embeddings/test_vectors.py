import pytest
import torch
from nnzoo.layers.embeddings.vectors import combine_vectors

INPUTS, OUTPUTS = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[10.0, 20.0], [30.0, 40.0]])


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("input", [[1, 2], [3, 4]]),
        ("output", [[10, 20], [30, 40]]),
        ("sum", [[11, 22], [33, 44]]),
        ("both", [[1, 2, 10, 20], [3, 4, 30, 40]]),
    ],
)
def test_combinations(which, expected):
    assert combine_vectors(INPUTS, OUTPUTS, which).tolist() == expected


def test_vectors_of_different_things_are_not_combined():
    assert combine_vectors(INPUTS, OUTPUTS[:1], "output").tolist() == [[10, 20]]
    with pytest.raises(ValueError, match="which is sum, but there are 2 input and 1 output vectors"):
        combine_vectors(INPUTS, OUTPUTS[:1], "sum")
