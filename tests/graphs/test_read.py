"""Reading of graphs from files, and messages about files that cannot be used."""

from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from nnzoo.errors import UserError
from nnzoo.graphs.graph import Graph
from nnzoo.graphs.read import read_graph
from scipy.sparse import csr_array, random_array, save_npz

Save = Callable[..., str]
MATRIX = np.array([[0, 2, 0.5, 0], [2, 0, 0, 0], [0.5, 0, 0, 0], [0, 0, 0, 0]])


def edges_of(graph: Graph) -> dict[tuple[str, str], float]:
    ends = graph.edges
    named = zip(*([graph.names[k] for k in part] for part in ends[:2]), strict=True)
    return dict(zip(named, ends.weight.tolist(), strict=True))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.edges", "Anna Bert\nBert 007\n"),
        ("a.txt", "# two edges\nAnna\tBert\n\n  Bert\t007\r\n"),
        ("a.csv", "from,to\nAnna, Bert\nBert,007"),
        ("a.csv", '"Anna";"Bert"\n"Bert";007\n'),
        ("a.tsv", "\ufeffsource\ttarget\tweight\nAnna\tBert\t1\nBert\t007\t1e0\n"),
    ],
)
def test_edge_lists(save: Save, name: str, text: str) -> None:
    """Names stay as they are written, 007 for example, and nodes are in the order in which they occur."""
    graph = read_graph(Path(save(name, text)))
    assert graph.names == ("Anna", "Bert", "007")
    assert edges_of(graph) == {("Anna", "Bert"): 1, ("Bert", "007"): 1}
    assert not graph.directed
    np.testing.assert_array_equal(graph.adjacency.toarray(), [[0, 1, 0], [1, 0, 1], [0, 1, 0]])


def test_names_may_contain_spaces_and_commas(save: Save) -> None:
    assert read_graph(Path(save("a.csv", '"Curie, Marie",Pierre Curie\n'))).names == ("Curie, Marie", "Pierre Curie")


def test_weights_and_directions(save: Save) -> None:
    path = Path(save("a.csv", "a,b,2.5\nb,a,1\nb,c,4\n"))
    assert edges_of(read_graph(path, directed=True)) == {("a", "b"): 2.5, ("b", "a"): 1, ("b", "c"): 4}
    both = read_graph(path)
    assert edges_of(both) == {("a", "b"): 3.5, ("b", "c"): 4}
    assert (
        both.summary() == "3 nodes, 2 undirected edges, weights 3.5 to 4, 1 line repeats an edge, whose weights add up"
    )
    plain = read_graph(path, weighted=False)
    assert edges_of(plain) == {("a", "b"): 1, ("b", "c"): 1}
    assert "weights 1, 1 line repeats an edge, which counts once" in plain.summary()


def test_self_loops(save: Save) -> None:
    path = Path(save("a.csv", "a,b\na,a\nb,b\n"))
    dropped, kept = read_graph(path), read_graph(path, self_loops="keep")
    assert edges_of(dropped) == {("a", "b"): 1}
    assert "2 self-loops dropped" in dropped.summary()
    assert edges_of(kept) == {("a", "a"): 1, ("a", "b"): 1, ("b", "b"): 1}
    assert "2 self-loops kept" in kept.summary()
    np.testing.assert_array_equal(kept.adjacency.toarray(), np.ones((2, 2)))


@pytest.mark.parametrize("text", ["u,v\nv,w\n", "v,w\nhead,u\nu,tail\n", "i,j\nx,i\n", "u,v,strong\nw,x,1\nx,u,2\n"])
def test_nodes_with_the_name_of_a_heading(save: Save, text: str) -> None:
    """A first line whose names occur again is an edge, whatever they are."""
    path = Path(save("a.csv", text))
    if "strong" in text:
        with pytest.raises(UserError, match="line 1: the weight 'strong' is not a number"):
            read_graph(path)
    else:
        assert len(read_graph(path).edges.source) == text.count("\n")


def test_classes_of_a_node_with_the_name_of_a_heading(save: Save) -> None:
    edges = Path(save("a.csv", "u,v\nv,w\n"))
    found = read_graph(edges, labels=save("a.labels", "u,red\nv,red\nw,blue\n"))
    assert found.classes.tolist() == [1, 1, 0]
    with_heading = read_graph(edges, labels=save("b.labels", "node,class\nu,red\nv,red\nw,blue\n"))
    assert with_heading.names == ("u", "v", "w")


def test_semicolons_separate_names_with_commas(save: Save) -> None:
    assert read_graph(Path(save("a.csv", "Curie, Marie;Curie, Pierre\n"))).names == ("Curie, Marie", "Curie, Pierre")
    assert read_graph(Path(save("b.csv", '"a;b",c\n'))).names == ("a;b", "c")


def test_attributes_of_a_file_of_graphml(save: Save, tmp_path: Path) -> None:
    path, plain = tmp_path / "a.graphml", tmp_path / "b.graphml"
    graph = nx.Graph([("a", "b"), ("b", "c")])
    nx.write_graphml(graph, plain)
    nx.set_node_attributes(graph, {"a": "x", "b": "y", "c": "x"}, "club")
    nx.write_graphml(graph, path)
    with pytest.raises(UserError, match="unknown attribute of the nodes 'clubb'; did you mean 'club'"):
        read_graph(path, labels="clubb")
    with pytest.raises(UserError, match="the nodes have no attributes, and there is no file 'club' with their classes"):
        read_graph(plain, labels="club")
    assert read_graph(path, labels=save("a.labels", "a z\nb z\n")).class_names == ("z",)


def test_a_header_that_is_not_detected(save: Save) -> None:
    path = Path(save("a.csv", "person,friend\na,b\n"))
    assert len(read_graph(path).names) == 4
    assert read_graph(path, header=True).names == ("a", "b")


def test_isolated_nodes_of_lists_keep_their_place(save: Save) -> None:
    edges = Path(save("a.edges", "c b\n"))
    nodes, labels = save("nodes.txt", "a\nb\nc\n# d\ne\n"), save("a.labels", "e\t10\nb\t9\na\t9\n")
    by_nodes = read_graph(edges, nodes=Path(nodes))
    assert by_nodes.names == ("a", "b", "c", "e")
    assert edges_of(by_nodes) == {("b", "c"): 1}
    assert "2 isolated: a, e" in by_nodes.summary()
    by_labels = read_graph(edges, labels=labels)
    assert by_labels.names == ("e", "b", "a", "c")
    assert by_labels.class_names == ("9", "10")  # integers by value
    assert by_labels.classes.tolist() == [1, 0, 0, -1]
    assert "2 classes of 3 nodes, 2 isolated: e, a" in by_labels.summary()
    assert read_graph(edges, labels=labels, nodes=Path(nodes)).classes.tolist() == [0, 0, -1, 1]
    with pytest.raises(UserError, match=r"nodes.txt lacks node 'x', which has an edge or a class"):
        read_graph(Path(save("b.edges", "a x")), nodes=Path(nodes))


@pytest.mark.parametrize("directed", [None, False, True])
def test_dense_matrices(save: Save, directed: bool | None) -> None:
    path = Path(save("a.npz", adjacency=MATRIX, names=np.array(["a", "b", "c", "lonely"])))
    graph = read_graph(path, directed=directed)
    np.testing.assert_array_equal(graph.adjacency.toarray(), MATRIX)
    assert graph.directed == bool(directed)
    assert graph.names[3] == "lonely"
    assert "1 isolated: lonely" in graph.summary()


def test_sparse_matrices(tmp_path: Path) -> None:
    table = random_array((20, 20), density=0.2, rng=np.random.default_rng(0), format="csr")
    table.setdiag(0)
    save_npz(tmp_path / "a.npz", table)
    graph = read_graph(tmp_path / "a.npz")
    assert graph.directed
    assert graph.names[:2] == ("0", "1")
    np.testing.assert_array_equal(graph.adjacency.toarray(), table.toarray())
    save_npz(tmp_path / "b.npz", csr_array(table + table.T))
    assert not read_graph(tmp_path / "b.npz").directed


def test_graphml(tmp_path: Path) -> None:
    theirs = nx.karate_club_graph()
    nx.write_graphml(theirs, tmp_path / "a.graphml")
    graph = read_graph(tmp_path / "a.graphml", labels="club")
    np.testing.assert_array_equal(graph.adjacency.toarray(), nx.to_numpy_array(theirs))
    assert graph.class_names == ("Mr. Hi", "Officer")
    assert [graph.class_names[k] for k in graph.classes] == [theirs.nodes[k]["club"] for k in theirs]
    assert not read_graph(tmp_path / "a.graphml", weighted=False).is_weighted
    chain = nx.DiGraph([("b", "a"), ("a", "c")])
    nx.write_graphml(chain, tmp_path / "b.graphml")
    assert edges_of(read_graph(tmp_path / "b.graphml")) == {("b", "a"): 1, ("a", "c"): 1}
    assert edges_of(read_graph(tmp_path / "b.graphml", directed=False)) == {("b", "a"): 1, ("a", "c"): 1}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "# nothing\n", "has only comments"),
        ("a.csv", "source,target\n", "has no edges"),
        ("a.csv", b"caf\xe9,b\n", "is not a UTF-8 text: byte 3 is 0xe9"),
        ("a.csv", "a,b\nc\n", "line 2 has 1 column; the first line has 2"),
        ("a.csv", "a,b,1o\nb,c,2\n", "line 1: the weight '1o' is not a number"),
        ("a.csv", "a,b,\nc,d,2\n", "line 1: the weight '' is not a number"),
        ("a.csv", "a;b;1,5\nb;c;2,5\n", "line 1: the weight '1,5' is not a number"),
        ("a.csv", "a,b\n".encode("utf-16-le"), "it has null characters, as UTF-16 has; save it as UTF-8"),
        ("a.csv", "a,b,1e308\nb,a,1e308\n", "the sum of the weights is not finite"),
        ("a.csv", "a,b,1,5\n", "line 1 has 4 columns; an edge has two or three: source, target, weight"),
        ("a.txt", "# x\na b 1\nb c heavy\n", "line 3: the weight 'heavy' is not a number"),
        ("a.txt", "a b 1\n\nb c -2\n", "line 3: the weight is -2; it must be above 0 and finite"),
        ("a.txt", "a b nan\n", "line 1: the weight is nan; it must be above 0"),
        ("a.txt", "a b 0\n", "line 1: the weight is 0; it must be above 0"),
        ("a.csv", "a,b\na,\n", "line 2: the target is missing"),
        ("a.csv", 'a,b\n"a,b\n', "line 2: unexpected end of data"),
        ("a.txt", "a a\nb b\n", "has no edge between two nodes"),
        ("a.gml", "a a\n", "graphs are read from .csv, .edges, .tsv, .txt, .npz, .graphml, not '.gml'"),
        ("a.graphml", "<graph", "is not a GraphML file"),
        ("a.npz", "a b", "cannot be read: its content is not that of an .npy or .npz file"),
    ],
)
def test_files_that_cannot_be_used(save: Save, name: str, text: str | bytes, message: str) -> None:
    with pytest.raises(UserError, match=message) as found:
        read_graph(Path(save(name, text)))
    assert "\n" not in str(found.value)
    assert name in str(found.value)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"adjacency": np.ones((2, 3))}, "the adjacency matrix is 2 x 3; it must be square"),
        ({"adjacency": np.ones(4)}, r"has shape \(4,\) of float64; it must be \(n, n\) of real numbers"),
        ({"adjacency": np.array([["a", "b"], ["c", "d"]])}, r"shape \(2, 2\) of <U1; it must be \(n, n\) of real"),
        ({"adjacency": MATRIX.astype(complex)}, r"shape \(4, 4\) of complex128; it must be"),
        ({"adjacency": -MATRIX}, "row 1, column 2: the weight is -2; it must be above 0"),
        ({"adjacency": np.where(MATRIX == 0.5, np.nan, MATRIX)}, "row 1, column 3: the weight is nan"),
        (
            {"adjacency": MATRIX, "names": np.array(["a", "b", "b", "c"])},
            "names has 3 different names; the matrix has 4",
        ),
        ({"x": MATRIX, "y": MATRIX}, "contains x, y; it needs an array 'adjacency'"),
        ({"adjacency": np.zeros((3, 3))}, "has no edge between two nodes"),
        ({"format": np.array("csr"), "shape": np.array([2, 2]), "data": np.ones(1)}, "cannot be read"),
    ],
)
def test_matrices_that_cannot_be_used(save: Save, arrays: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_graph(Path(save("a.npz", **arrays)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weighted": True}, "data.weighted=true needs weights; .*a.edges has none"),
        ({"self_loops": "kep"}, "unknown data.self_loops 'kep'; did you mean 'keep'"),
        ({"labels": "a.lables"}, "no file a.lables"),
    ],
)
def test_settings_that_do_not_fit(save: Save, settings: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_graph(Path(save("a.edges", "a b\n")), **settings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a x\nb\n", "line 2 has 1 column; it needs two: node and class"),
        ("a,x\nb,\n", "line 2: the class is missing; leave out nodes without a class"),
        ("a x\na y\n", "line 2: node 'a' has two classes, 'x' and 'y'"),
    ],
)
def test_labels_that_cannot_be_used(save: Save, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_graph(Path(save("a.edges", "a b\n")), labels=save("a.labels", text))


def test_a_sparse_matrix_of_complex_numbers(tmp_path: Path) -> None:
    save_npz(tmp_path / "a.npz", csr_array(MATRIX * 1j))
    with pytest.raises(UserError, match="complex128"):
        read_graph(tmp_path / "a.npz")


def test_repeated_edges_with_large_weights_count_once(save: Save) -> None:
    path = Path(save("a.csv", "a,b,1e308\nb,a,1e308\n"))
    assert edges_of(read_graph(path, weighted=False)) == {("a", "b"): 1}


def test_a_header_of_a_list_of_nodes(save: Save) -> None:
    """Unless it is a node with an edge."""
    nodes = Path(save("nodes.txt", "node\na\nb\nc\n"))
    assert read_graph(Path(save("a.edges", "a b\n")), nodes=nodes).names == ("a", "b", "c")
    assert read_graph(Path(save("b.edges", "a node\n")), nodes=nodes).names == ("node", "a", "b", "c")


def test_more_that_does_not_fit(save: Save) -> None:
    with pytest.raises(UserError, match="line 3: node 'a' is in line 1, too"):
        read_graph(Path(save("a.edges", "a b\n")), nodes=Path(save("nodes.txt", "a\nb\na\n")))
    matrix = Path(save("a.npz", adjacency=np.triu(MATRIX)))
    with pytest.raises(UserError, match=r"is not symmetric: row 1, column 2 differs .* set data.directed=true"):
        read_graph(matrix, directed=False)
    with pytest.raises(UserError, match="header=true has no effect"):
        read_graph(matrix, header=True)


@pytest.mark.parametrize("line", ["{} {} {}", '"{}";"{}";{}'], ids=["plain", "quoted"])  # they are read differently
@pytest.mark.parametrize(
    "rows",
    [
        ("from to weight", "weight home 2"),
        ("from to weight", "mine weight 2"),
        ("5 6 weight", "1 2 5"),
    ],
)
def test_a_header_whose_words_are_in_other_columns(save: Save, line: str, rows: tuple[str, str]) -> None:
    graph = read_graph(Path(save("a.edges", "".join(f"{line.format(*row.split())}\n" for row in rows))))
    assert graph.names == tuple(rows[1].split()[:2])
