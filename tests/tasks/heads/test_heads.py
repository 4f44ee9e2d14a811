from dataclasses import replace
from typing import get_args

import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.losses.adversarial.non_saturating import NonSaturating
from nnzoo.losses.base import Loss
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.counts.weighted_logistic import WeightedLogistic
from nnzoo.losses.counts.weighted_squared import WeightedSquared
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.multiclass.hierarchical_softmax import HierarchicalSoftmax
from nnzoo.losses.multinomial import Multinomial
from nnzoo.losses.regression.squared import Squared
from nnzoo.spec import Batch, DataSpec, TargetKind
from nnzoo.tasks.heads import (
    Classification,
    Context,
    Counts,
    Head,
    LanguageModel,
    Localization,
    Multilabel,
    Reconstruction,
    Regression,
    Samples,
    Segmentation,
    SequenceToSequence,
    SignedCounts,
    default_head,
)
from torch import Tensor

SPEC = DataSpec("real", (4,), "classes", 3)


def classes(output: Tensor, loss: Loss, head: type[Head] = Classification) -> list[int]:
    predicted: list[int] = head(spec=SPEC, loss=loss).predict(output).tolist()
    return predicted


def test_classification_predicts_largest_output_or_sign() -> None:
    output = torch.tensor([[0.1, 0.3, 0.2], [2.0, -1.0, 0.0]])
    assert classes(output, CrossEntropy()) == [1, 0]
    assert classes(output[None], CrossEntropy()) == [[1, 0]]
    assert classes(torch.tensor([[-0.1], [0.1], [0.0]]), Logistic()) == [0, 1, 0]


def test_hierarchical_softmax_predicts_the_most_probable_leaf() -> None:
    tree = HierarchicalSoftmax(codes=("0", "10", "11"))
    output = torch.tensor([[-1.0, 5.0], [1.0, -5.0], [1.0, 5.0], [0.3, 0.0]])
    assert classes(output, tree) == [0, 1, 2, 0]
    assert classes(output[None], tree, LanguageModel) == [[0, 1, 2, 0]]


def test_multilabel_predicts_positive_outputs() -> None:
    assert Multilabel(spec=SPEC, loss=BinaryCrossEntropy()).predict(torch.tensor([[-1.0, 0.0, 2.0]])).tolist() == [
        [False, False, True]
    ]


def test_regression_predicts_in_units_of_the_target() -> None:
    plain = DataSpec("real", (1,), "real", 1)
    scaled = replace(plain, target_mean=(10.0, 1e9), target_scale=(2.0, 0.5), target_size=2)
    for spec, output, units in ((plain, [[1.5]], [[1.5]]), (scaled, [[1.5, 3.0]], [[13.0, 1e9 + 1.5]])):
        head = Regression(spec=spec, loss=Squared())
        assert head.predict(torch.tensor(output)).tolist() == units
        assert head.actual(torch.tensor(output)).tolist() == units


def test_default_head_of_each_target() -> None:
    assert [default_head(target) for target in get_args(TargetKind)] == [
        Classification,
        Regression,
        Multilabel,
        LanguageModel,
        Reconstruction,
        SequenceToSequence,
        Context,
        Counts,
        SignedCounts,
        Segmentation,
        Localization,
        Samples,
    ]
    with pytest.raises(UserError, match="no head predicts the target 'ranks' yet"):
        default_head("ranks")


def test_context_head_counts_pairs() -> None:
    """The loss of a batch is the mean over its pairs, so that batches of a step have weights in their proportion."""
    spec = DataSpec("ids", (1,), "context", 3, sizes=(4,))
    head = Context(spec=spec, loss=CrossEntropy())
    batch = Batch(torch.tensor([[1], [2], [3]]), torch.tensor([[0, 1, -1], [2, -1, -1], [0, 0, 1]]))
    assert head.count(batch) == 6


def test_samples_head_predicts_probabilities() -> None:
    output = torch.tensor([[-1.0], [0.0], [3.0]])
    head = Samples(spec=DataSpec("real", (2,), "none", 0), loss=NonSaturating())
    torch.testing.assert_close(head.predict(output), 1 / (1 + (-output[:, 0]).exp()))


@pytest.mark.parametrize(
    "spec",
    [
        DataSpec("real", (2,), "none", 0, sequence=True),
        DataSpec("tokens", (), "none", 0, sequence=True, vocabulary=("a",)),
        DataSpec("ids", (2,), "none", 0, sizes=(3, 4)),
    ],
)
def test_samples_head_refuses_other_forms(spec: DataSpec) -> None:
    with pytest.raises(UserError, match="head 'samples' takes vectors and images; the data gives "):
        Samples(spec=spec, loss=NonSaturating())


def test_signed_counts_head_predicts_whether_a_pair_occurs() -> None:
    spec = DataSpec("ids", (2,), "signed_counts", 1, sizes=(3, 3))
    output = torch.tensor([[-1.0], [3.0]])
    assert torch.equal(SignedCounts(spec=spec, loss=WeightedLogistic()).predict(output), output.sigmoid())
    assert torch.equal(SignedCounts(spec=spec, loss=WeightedSquared()).predict(output), output)


def test_counts_head_predicts_and_compares_shares() -> None:
    head = Counts(spec=DataSpec("ids", (1,), "counts", 2, sizes=(3,)), loss=Multinomial())
    assert torch.equal(head.predict(torch.tensor([[0.0, 0.0]])), torch.tensor([[0.5, 0.5]]))
    assert torch.equal(head.actual(torch.tensor([[3.0, 1.0]])), torch.tensor([[0.75, 0.25]]))
