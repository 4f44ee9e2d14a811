from dataclasses import replace
from types import SimpleNamespace

import torch
from nnzoo.losses.base import Loss
from nnzoo.losses.cross_entropy import CrossEntropy
from nnzoo.losses.hierarchical_softmax import HierarchicalSoftmax
from nnzoo.losses.logistic import Logistic
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.classification import Classification
from nnzoo.tasks.labelling import Labelling
from nnzoo.tasks.language_model import LanguageModel
from nnzoo.tasks.regression import Regression
from torch import Tensor


def classes(output: Tensor, loss: Loss, task: type[Task] = Classification) -> list[int]:
    decided: list[int] = task.decide(SimpleNamespace(loss=loss), output).tolist()  # type: ignore[arg-type]
    return decided


def test_largest_output_or_sign_of_one() -> None:
    output = torch.tensor([[0.1, 0.3, 0.2], [2.0, -1.0, 0.0]])
    assert classes(output, CrossEntropy()) == [1, 0]
    assert classes(output[None], CrossEntropy()) == [[1, 0]]
    assert classes(torch.tensor([[-0.1], [0.1], [0.0]]), Logistic()) == [0, 1, 0]


def test_most_probable_leaf_of_a_tree() -> None:
    tree = HierarchicalSoftmax(codes=("0", "10", "11"))
    output = torch.tensor([[-1.0, 5.0], [1.0, -5.0], [1.0, 5.0], [0.3, 0.0]])
    assert classes(output, tree) == [0, 1, 2, 0]
    assert classes(output[None], tree, LanguageModel) == [[0, 1, 2, 0]]


def test_positive_outputs_are_labels() -> None:
    assert Labelling.decide(None, torch.tensor([[-1.0, 0.0, 2.0]])).tolist() == [[False, False, True]]  # type: ignore[arg-type]


def test_outputs_in_the_units_of_the_target() -> None:
    plain = DataSpec("real", (1,), "real", 1)
    scaled = replace(plain, target_mean=(10.0, 1e9), target_scale=(2.0, 0.5), target_size=2)
    assert decided(plain, torch.tensor([[1.5]])) == [[1.5]]
    assert decided(scaled, torch.tensor([[1.5, 3.0]])) == [[13.0, 1e9 + 1.5]]


def decided(spec: DataSpec, output: torch.Tensor) -> list[list[float]]:
    found: list[list[float]] = Regression.decide(SimpleNamespace(spec=spec), output).tolist()  # type: ignore[arg-type]
    return found
