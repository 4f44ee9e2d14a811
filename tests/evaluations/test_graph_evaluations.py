"""Link prediction and classes of nodes: against scikit-learn, and on vectors that are known to be good."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.data.base import Data
from nnzoo.data.graphs.classic import Karate, LesMiserables
from nnzoo.data.tables.bundled import Iris
from nnzoo.errors import UserError
from nnzoo.evaluations.base import Evaluation
from nnzoo.evaluations.link_prediction import LinkPrediction
from nnzoo.evaluations.node_classes import NodeClasses, divide
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.matrix_factorization import MatrixFactorization
from nnzoo.models.mlp import MLP
from nnzoo.models.skip_gram import SkipGram
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import nn

from tests.support.commands import exit_code


def task_of(model: nn.Module) -> Any:
    net = SimpleNamespace(model=model, encode=getattr(model, "encode", None))
    return SimpleNamespace(net=net, device=torch.device("cpu"))


def factors(rank: int = 10) -> Any:
    return task_of(MatrixFactorization(num_users=35, num_items=35, rank=rank))


def vectors(first: torch.Tensor, second: torch.Tensor) -> Any:
    """Return a task with these vectors of the nodes."""
    task = factors(first.shape[1])
    task.net.model.user_vectors.weight.data = first.float()
    task.net.model.item_vectors.weight.data = second.float()
    return task


@pytest.mark.parametrize("score", ["dot", "cosine"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_equal_to_scikit_learn(score: str, split: str) -> None:
    task, data = factors(), Karate()
    found = LinkPrediction(score=score).compute(task, data, split)
    u, v = (task.net.model.vectors(which).detach().double() for which in ("input", "output"))
    scores = u @ v.T if score == "dot" else torch.nn.functional.cosine_similarity(u[:, None], u[None], dim=-1)
    edges, others = data.division.pairs(split), data.division.other_pairs(split)
    assert len(edges) == 2 * len(data.division.edges[split].source) == len(others)
    chosen = scores.numpy()[tuple(np.concatenate([edges, others]).T)]
    true = np.repeat([1, 0], len(edges))
    assert found["link_auc"] == pytest.approx(roc_auc_score(true, chosen))
    assert found["link_ap"] == pytest.approx(average_precision_score(true, chosen))


def test_vectors_of_the_adjacency_matrix_find_all_edges() -> None:
    data = Karate()
    task = vectors(torch.from_numpy(data.graph.adjacency.toarray()), torch.eye(34))
    assert LinkPrediction().compute(task, data, "test") == {"link_auc": 1.0, "link_ap": 1.0}


def test_vectors_of_the_classes_classify_all_nodes() -> None:
    data = Karate()
    classes = torch.from_numpy(data.graph.classes)[:, None]
    task = vectors(classes, 0 * classes)
    assert NodeClasses(divisions=2).compute(task, data, "test") == {"macro_f1": 1.0, "micro_f1": 1.0}
    blind = NodeClasses(vectors="output", divisions=3).compute(task, data, "test")
    assert blind["micro_f1"] == pytest.approx(0.5, abs=0.1)
    assert blind["macro_f1"] == pytest.approx(1 / 3, abs=0.05)  # one class is never predicted


def test_nodes_from_which_the_regression_learns_are_not_measured() -> None:
    """Random vectors of many numbers separate the nodes that it has seen, and no others."""
    noise = torch.randn(34, 60, generator=torch.Generator().manual_seed(0))
    found = NodeClasses(share=0.5, divisions=3).compute(vectors(noise, noise), Karate(), "test")
    assert found["micro_f1"] < 0.7


def test_nodes_without_a_class_are_left_out() -> None:
    data = Karate()
    labels = data.graph.classes
    task = vectors(torch.from_numpy(labels)[:, None], torch.zeros(34, 1))
    object.__setattr__(data.graph, "classes", np.where(np.arange(34) < 5, -1, labels))
    assert NodeClasses(divisions=2).compute(task, data, "test")["micro_f1"] == 1


def test_divisions_are_stratified() -> None:
    classes = np.repeat([0, 1, 2, 3], [100, 20, 4, 2])
    first, second = (divide(classes, 0.1, np.random.default_rng(k)) for k in (0, 1))
    assert [int(first[classes == k].sum()) for k in range(4)] == [10, 2, 1, 1]
    assert (first != second).any()


def copier() -> Any:
    model = Autoencoder(in_features=34, hidden=[], code=34, bias=False)
    (weight,) = model.encoder.parameters()
    weight.data = torch.eye(34)
    return task_of(model)


def test_codes_of_rows_are_vectors() -> None:
    """The code of a linear autoencoder that copies its input is the row."""
    data = Karate(layout="rows")
    task = copier()
    found = NodeClasses(share=0.5, divisions=2).compute(task, data, "test")
    assert found["micro_f1"] > 0.85  # the rows of a club resemble each other


def test_inner_nodes_of_a_tree_are_no_nodes_of_the_graph() -> None:
    """With a hierarchical softmax there is an output for each inner node of the tree."""
    task = task_of(SkipGram(num_ids=35, out_features=33, dimension=4))
    with pytest.raises(UserError, match=r"SkipGram has 33 output vectors, the graph 34 nodes; .*score=cosine"):
        LinkPrediction().check(task, Karate())
    with pytest.raises(UserError, match="SkipGram has 33 output vectors"):
        NodeClasses(vectors="output").check(task, Karate())
    LinkPrediction(score="cosine").check(task, Karate())
    NodeClasses().check(task, Karate())


def test_metrics_of_a_run(tmp_path: Path) -> None:
    result = nnzoo.train(
        "model=matrix_factorization",
        "data=karate",
        "trainer.max_epochs=1",
        "evaluations=[link_prediction,node_classes]",
        "~callbacks.figures",
        "~callbacks.projector",
        output_dir=tmp_path,
    )
    assert {"link_auc", "link_ap", "macro_f1", "micro_f1"} <= result.metrics["test/last"].keys()
    assert nnzoo.evaluate(result.directory)["test/last"] == pytest.approx(result.metrics["test/last"])
    predicted = nnzoo.predict(result.directory, [["1", "2"], ["34", "17"]])
    assert predicted["prediction"].shape == (2, 1)
    assert [*predicted["target"]] == ["2", "17"]
    for which in ("input", "output"):
        assert nnzoo.load(result.directory).vectors(which).names[33] == "34"
    with pytest.raises(UserError, match="MatrixFactorization does not predict ratings"):
        nnzoo.recommend(result.directory, "1")


@pytest.mark.parametrize(
    ("evaluation", "model", "data", "message"),
    [
        (LinkPrediction(), MLP(in_features=4, out_features=3), Iris, "link_prediction needs a graph: data=graph"),
        (NodeClasses(), MLP(in_features=4, out_features=3), Iris, "node_classes needs a graph"),
        (LinkPrediction(), factors().net.model, lambda: Karate(layout="rows"), "data.layout=rows holds out nodes"),
        (
            NodeClasses(),
            MLP(in_features=34, out_features=2),
            lambda: Karate(layout="rows"),
            "MLP has no vectors of nodes",
        ),
        (NodeClasses(vectors="sum"), copier().net.model, lambda: Karate(layout="rows"), "and no vectors 'sum'"),
        (LinkPrediction(), factors(0).net.model, Karate, "a model of biases only has no vectors"),
        (
            NodeClasses(),
            factors().net.model,
            LesMiserables,
            "node_classes needs classes of the nodes; the graph has none",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    evaluation: Evaluation, model: nn.Module, data: Callable[[], Data], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        evaluation.check(task_of(model), data())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LinkPrediction(score="dots"), "unknown evaluations.link_prediction.score 'dots'; did you mean 'dot'"),
        (lambda: NodeClasses(share=1), "share is 1; it must be above 0 and below 1"),
        (lambda: NodeClasses(divisions=0), "divisions is 0; it must be at least 1"),
        (
            lambda: NodeClasses(vectors="inputs"),
            "unknown evaluations.node_classes.vectors 'inputs'",
        ),
    ],
)
def test_settings_out_of_range(make: Callable[[], Evaluation], message: str) -> None:
    with pytest.raises(UserError, match=message):
        make()


def test_a_network_of_sequences_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("train", "model=rnn", "data=karate", f"output_dir={tmp_path}") == 2
    assert "model 'rnn' takes sequences or tokens; the data gives ids of 35 x 35" in capsys.readouterr().err
