import torch
from nnzoo.tasks.classification import Classification
from nnzoo.tasks.labelling import Labelling
from nnzoo.tasks.regression import Regression


def test_largest_output_or_sign_of_one() -> None:
    output = torch.tensor([[0.1, 0.3, 0.2], [2.0, -1.0, 0.0]])
    assert Classification.decide(None, output).tolist() == [1, 0]  # type: ignore[arg-type]
    assert Classification.decide(None, output[None]).tolist() == [[1, 0]]  # type: ignore[arg-type]
    assert Classification.decide(None, torch.tensor([[-0.1], [0.1], [0.0]])).tolist() == [0, 1, 0]  # type: ignore[arg-type]


def test_positive_outputs_are_labels() -> None:
    assert Labelling.decide(None, torch.tensor([[-1.0, 0.0, 2.0]])).tolist() == [[False, False, True]]  # type: ignore[arg-type]


def test_output_is_the_decision() -> None:
    assert Regression.decide(None, torch.tensor([[1.5]])).tolist() == [[1.5]]  # type: ignore[arg-type]
