"""Graphs as data sets: sizes of the known graphs, layouts, what is held out, and messages."""

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch
from nnzoo.data.graphs import cora
from nnzoo.data.graphs.base import GraphData
from nnzoo.data.graphs.classic import Karate, LesMiserables
from nnzoo.data.graphs.cora import Cora
from nnzoo.data.graphs.own import OwnGraph
from nnzoo.errors import UserError
from nnzoo.losses.multinomial import Multinomial
from torch.nn.functional import cross_entropy

KARATE = torch.tensor(nx.to_numpy_array(nx.karate_club_graph()), dtype=torch.float32)


def pairs_of(x: torch.Tensor) -> set[tuple[int, ...]]:
    return {tuple(pair) for pair in (x - 1).tolist()}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cycle of ten nodes n0 to n9 with two isolated nodes, and classes of all but one node."""
    folder = tmp_path_factory.mktemp("graph")
    (folder / "a.edges").write_text("".join(f"n{i} n{(i + 1) % 10} {i + 1}\n" for i in range(10)))
    (folder / "a.labels").write_text("alone x\n" + "".join(f"n{i} {'xy'[i % 2]}\n" for i in range(9)))
    (folder / "nodes.txt").write_text("\n".join(["alone", *(f"n{i}" for i in range(10)), "last"]))
    return folder / "a.edges"


def made(own: Path, **settings: Any) -> OwnGraph:
    return OwnGraph(path=str(own), **settings)


def test_sizes_of_known_graphs() -> None:
    karate, characters = Karate(), LesMiserables()
    assert karate.summary.startswith("karate: 34 nodes, 78 undirected edges, weights 1 to 7, 2 classes of 34 nodes;")
    assert karate.graph.names[0] == "1"  # of Zachary's table
    assert karate.graph.names[33] == "34"
    assert [karate.graph.class_names[k] for k in karate.graph.classes[[0, 33]]] == ["Mr. Hi", "Officer"]
    assert "77 nodes, 254 undirected edges, weights 1 to 31" in characters.summary
    assert not Karate(weighted=False).graph.is_weighted


def test_cora(real) -> None:
    real("graphs/cora.edges")
    data = Cora(layout="rows")
    assert "2708 nodes, 5278 undirected edges, weights 1, 7 classes of 2708 nodes" in data.summary
    assert np.bincount(data.graph.classes).tolist() == [351, 217, 418, 818, 426, 298, 180]


def test_settings_of_cora(monkeypatch: pytest.MonkeyPatch) -> None:
    passed: dict[str, Any] = {}
    monkeypatch.setattr(cora, "read_cora", lambda root: root)
    monkeypatch.setattr(GraphData, "__init__", lambda self, graph, **given: passed.update(given, graph=graph))
    walks = {"walks": 2, "length": 7, "p": 0.5, "q": 3.0, "window": 4, "random_window": True}
    pairs = {"negatives": 6, "negatives_from": "nodes", "power": 0.5}
    others: dict[str, Any] = {"layout": "walks", "affinity": "katz", "beta": 0.1, "val": 0.2, "test": 0.3, "seed": 1}
    Cora(root="folder", **walks, **pairs, **others)  # type: ignore[arg-type]
    assert passed == {"graph": "folder", "source": "cora", "walks": walks, "pairs": pairs, **others}


def test_a_damaged_cora_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cora.edges is not in .*; put cora.edges of the graph Cora there"):
        Cora(root=str(tmp_path))
    (tmp_path / "graphs").mkdir()
    for name in ("edges", "labels"):
        (tmp_path / "graphs" / f"cora.{name}").write_text("0 1\n")
    with pytest.raises(UserError, match="is not the original file"):
        Cora(root=str(tmp_path))


def test_held_out_edges_are_not_in_training() -> None:
    data = Karate(val=0.2, test=0.3)
    every = {split: pairs_of(part.x[part.y[:, 0] == 1]) for split, part in data.splits.items()}
    assert len(every["test"]) == 2 * round(0.3 * 78)  # in both directions
    assert len(every["val"]) == 2 * round(0.2 * (78 - 23))
    assert every["test"].isdisjoint(every["val"])
    drawn = set().union(
        *(pairs_of(batch.x[batch.y[:, 0] == 1]) for epoch in range(30) for batch in data.train_loader().epoch(epoch))
    )
    assert drawn.isdisjoint(every["test"] | every["val"])
    assert len(drawn | every["test"] | every["val"]) == 2 * 78
    for split in ("val", "test"):
        part = data.splits[split]
        others = part.x[part.y[:, 0] == 0]
        assert len(others) == len(every[split])
        assert not (KARATE[tuple((others - 1).T)]).any()
        assert (others[:, 0] != others[:, 1]).all()


def test_the_test_edges_do_not_depend_on_the_seed() -> None:
    first, second = Karate(seed=1), Karate(seed=2)
    for split, same in (("test", True), ("val", False)):
        assert torch.equal(first.splits[split].x, second.splits[split].x) == same


def test_all_other_pairs_if_there_are_few(tmp_path: Path) -> None:
    """Of six nodes, all are connected but the first two."""
    lines = [f"{i} {j}\n" for i in range(6) for j in range(i + 1, 6) if (i, j) != (0, 1)]
    (tmp_path / "a.edges").write_text("".join(lines))
    data = OwnGraph(path=str(tmp_path / "a.edges"), nodes=None, val=0.0, test=0.5)
    first, second = (data.graph.names.index(name) for name in "01")
    assert {*map(tuple, data.division.other_pairs("test").tolist())} == {(first, second), (second, first)}
    assert (data.splits["test"].y == 0).sum() == 2


def test_the_summary_counts_nodes_that_lose_all_edges() -> None:
    for data in (Karate(), LesMiserables()):
        lost = int((np.asarray(data.division.train.adjacency.sum(0)) == 0).sum())  # no node is isolated in the graph
        sizes = ", ".join(f"{len(data.division.edges[name].source)} {name}" for name in ("train", "val", "test"))
        words = "1 more node has" if lost == 1 else f"{lost} more nodes have"
        assert data.summary.endswith(f"; {words} no training edge; {sizes} edges")
    assert "1 more node has no training edge" in Karate().summary
    assert Karate().titles("train") is None
    rows = Karate(layout="rows")
    assert rows.summary.endswith("; 24 train, 3 val, 7 test nodes")


def test_all_edges_for_training() -> None:
    data = Karate(val=0, test=0)
    assert {*data.splits} == {"train", "test"}
    test = data.splits["test"]
    assert len(pairs_of(test.x[test.y[:, 0] == 1])) == 2 * 78
    assert "1 more node" not in data.summary


def test_index_has_rows_of_the_adjacency_matrix() -> None:
    """In training all other entries are 0; in the test split training edges are unknown, validation edges 0."""
    data = Karate(layout="index")
    train, test = data.splits["train"], data.splits["test"]
    known = torch.from_numpy(data.division.train.adjacency.toarray()).float()
    assert torch.equal(train.x[:, 0], torch.arange(34) + 1)
    assert torch.equal(train.y, known)
    held = torch.zeros(34, 34)
    held[tuple(torch.from_numpy(data.division.pairs("test")).T)] = 1
    assert torch.equal(test.x[:, 0] - 1, held.any(1).nonzero().flatten())
    assert torch.equal(test.y.isnan(), known[test.x[:, 0] - 1] > 0)
    assert torch.equal(test.y.nan_to_num(0), (held * KARATE)[test.x[:, 0] - 1])
    assert Karate(layout="index", weighted=False).spec.target == "multilabel"


def test_rows_are_nodes_with_their_classes(own: Path) -> None:
    data = made(own, layout="rows", labels=str(own.with_suffix(".labels")), nodes=str(own.with_name("nodes.txt")))
    assert len(data.graph.names) == 12
    assert "2 isolated: alone, last" in data.summary
    titles = [title for split in data.splits for title in data.titles(split)]
    assert sorted(titles) == ["alone", *(f"n{i}" for i in range(9))]  # n9 and last have no class
    train = data.splits["train"]
    for title, row, label in zip(data.titles("train"), train.x, train.y, strict=True):
        assert torch.equal(row, torch.tensor(data.graph.adjacency.toarray()[data.graph.names.index(title)]).float())
        assert title == "alone" or data.spec.labels[label] == "xy"[int(title[1:]) % 2]
    assert made(own, layout="rows").spec.target == "none"


def test_nodes_are_encoded_by_name(own: Path) -> None:
    data = made(own, nodes=str(own.with_name("nodes.txt")))
    assert data.preprocessing.encode([["n0", "last"], ["alone", "n9"]]).x.tolist() == [[2, 12], [1, 11]]
    with pytest.raises(UserError, match=r"source 'n10' is not in the training data; .*did you mean 'n0'"):
        data.preprocessing.encode([["n10", "n1"]])
    assert made(own, layout="index").preprocessing.encode(["n3"]).x.tolist() == [[4]]


@pytest.mark.parametrize("affinity", ["katz", "common_neighbours", "adamic_adar", "jaccard"])
def test_affinities_are_weights_of_training_pairs(affinity: str) -> None:
    data = Karate(affinity=affinity)
    train = data.division.train
    direct = Karate().division.train
    if affinity == "katz":
        radius = np.abs(np.linalg.eigvals(direct.adjacency.toarray())).max()
        expected = np.linalg.inv(np.eye(34) - 0.5 / radius * direct.adjacency.toarray())
        np.testing.assert_allclose(train.adjacency.toarray(), expected * (1 - np.eye(34)), atol=1e-12)
    assert not train.adjacency.diagonal().any()
    assert data.graph.adjacency.nnz == 2 * 78  # of the evaluation
    x = data.splits["train"].x[data.splits["train"].y[:, 0] == 1] - 1
    assert train.has_edges(*x.T.numpy()).all()
    assert not direct.has_edges(*x.T.numpy()).all()


def test_log_loss_of_edges_is_the_multinomial_factorization() -> None:
    """Aggarwal 2.60, 2.7.2: each edge with its count is the multinomial log loss of the rows of counts."""
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(34, 34, generator=generator, dtype=torch.float64)
    data = Karate(layout="edges", val=0, test=0)
    edges = torch.from_numpy(data.division.pairs("train"))
    counts = KARATE.double()[tuple(edges.T)]
    by_edge = (counts * cross_entropy(outputs[edges[:, 0]], edges[:, 1], reduction="none")).sum()
    torch.testing.assert_close(by_edge, Multinomial()(outputs, KARATE.double()).sum())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layout": "pair"}, "unknown data.layout 'pair'; did you mean 'pairs'"),
        ({"negatives": 0}, "data.negatives is 0; it must be at least 1: edges alone teach nothing"),
        ({"negatives": 5, "layout": "rows"}, "data.negatives=5 has no effect; it is for data.layout=pairs"),
        ({"negatives_from": "edges"}, "unknown data.negatives_from 'edges'"),
        ({"power": -1.0}, "data.power is -1.0; it must be at least 0 and finite"),
        ({"power": 1.0, "layout": "edges"}, "data.power=1.0 has no effect"),
        ({"affinity": "jacard"}, "unknown data.affinity 'jacard'; did you mean 'jaccard'"),
        ({"affinity": "katz", "layout": "index"}, "data.affinity=katz has no effect; it is for other layouts"),
        ({"beta": 0.1}, "data.beta=0.1 has no effect; it is for data.affinity=katz"),
        ({"beta": 0.1, "affinity": "katz"}, "beta is 0.1; it must be above 0 and below 0.0"),
        ({"val": 1.0}, "data.val is 1.0; it must be a fraction"),
        ({"test": -0.1}, "data.test is -0.1; it must be a fraction"),
        ({"val": 0.99, "test": 0.9}, "cannot hold out 8 of 8 examples"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Karate(**settings)


def test_too_few_edges_and_nodes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n")
    for layout, what in (("pairs", "1 edge is too few"), ("rows", "2 nodes are too few")):
        with pytest.raises(UserError, match=f"{what} for data.val=0.1 and data.test=0.2"):
            OwnGraph(path=str(tmp_path / "a.csv"), layout=layout)


def test_rows_of_one_class_are_refused(own: Path) -> None:
    labels = own.with_name("one.labels")
    labels.write_text("n0 x\nn1 x\nn2 x\n")
    with pytest.raises(UserError, match=r"all classes are 'x'; data.layout=rows needs at least two, or no data.labels"):
        made(own, labels=str(labels), layout="rows", val=0.0, test=0.0)


def test_the_checksum_is_that_of_all_files(own: Path, tmp_path: Path) -> None:
    """The order of the nodes, and so the meaning of each vector, depends on the files of nodes and labels."""
    copies = {name: tmp_path / name for name in ("a.labels", "nodes.txt")}
    for name, copy in copies.items():
        copy.write_text(own.with_name(name).read_text())
    settings = {"labels": str(copies["a.labels"]), "nodes": str(copies["nodes.txt"])}
    first = made(own, **settings).digest
    assert first != made(own).digest
    assert first == made(own, **settings).digest
    for copy in copies.values():
        copy.write_text("\n".join(reversed(copy.read_text().splitlines())))
        assert made(own, **settings).digest != first
        first = made(own, **settings).digest


def test_large_tables_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnzoo.data.graphs.layouts.MAX_TABLE_SIZE", 1000)
    for layout in ("rows", "index"):
        with pytest.raises(UserError, match="an adjacency matrix of 34 nodes is too large"):
            Karate(layout=layout)
