"""Embeddings of graphs are word2vec on nodes: the logistic and the multinomial model, and walks. Aggarwal 2.7.

Shapes: n nodes, d dimensions, m pairs of a node and a neighbour, k negatives.
"""

import numpy as np
import torch
from nnzoo.data.contexts.stream import TokenStream
from nnzoo.data.contexts.windows import windows
from nnzoo.data.graphs.classic import Karate
from nnzoo.graphs.walks import walk_ids
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.multiclass.negative_sampling import NegativeSampling
from nnzoo.losses.multinomial import Multinomial
from nnzoo.models.matrix_factorization import MatrixFactorization
from nnzoo.models.row_index import RowIndex
from nnzoo.models.skip_gram import SkipGram
from torch import Tensor
from torch.testing import assert_close

GRAPH = Karate(weighted=False).graph
N, D, K = GRAPH.num_nodes, 5, 3
GENERATOR = torch.Generator().manual_seed(0)
U, V = (torch.randn(N, D, generator=GENERATOR, dtype=torch.float64) for _ in range(2))
PAIRS = torch.from_numpy(np.stack(GRAPH.adjacency.nonzero()))  # (2, m), each edge in both directions


def skip_gram() -> SkipGram:
    net = SkipGram(num_ids=N + 1, out_features=N, dimension=D).double()
    net.embedding.weight.data, net.head.weight.data = U.clone(), V.clone()
    return net


def rows() -> RowIndex:
    net = RowIndex(num_users=N + 1, out_features=N, rank=D, bias=False).double()
    net.embedding.weight.data, net.head.weight.data = U.clone(), V.clone()
    return net


def gradients(loss: Tensor, *parameters: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(loss, parameters)


def of_windows(nodes: Tensor, neighbours: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Return the sum of the losses of skip-gram with a softmax for nodes (m,) and neighbours (m, C), and gradients."""
    net = skip_gram()
    losses = CrossEntropy().context_losses(net(nodes[:, None] + 1), neighbours)
    total = losses[neighbours >= 0].sum()
    return total, gradients(total, net.embedding.weight, net.head.weight)


def of_counts(counts: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Return the loss of the multinomial model of counts (n, n), and gradients."""
    net = rows()
    total = Multinomial()(net(torch.arange(1, N + 1)[:, None]), counts).sum()
    return total, gradients(total, net.embedding.weight, net.head.weight)


def counted(nodes: Tensor, neighbours: Tensor) -> Tensor:
    counts = torch.zeros(N, N, dtype=torch.float64)
    for i, others in zip(nodes.tolist(), neighbours.tolist(), strict=True):
        for j in others:
            counts[i, j] += j >= 0
    return counts


def test_o28_logistic_embedding_with_negatives_is_skip_gram_on_edges() -> None:
    """Edges have label 1, sampled pairs (i, negative) label 0. Aggarwal 2.7, eq. 2.61 and 2.62."""
    nodes, neighbours = PAIRS
    net, loss = skip_gram(), NegativeSampling(k=K, power=1.0, frequencies=tuple(GRAPH.in_weights.tolist()))
    needed = loss.needed_outputs(neighbours[:, None], N, 1, torch.Generator().manual_seed(1))
    scores = net(nodes[:, None] + 1).gather(1, needed.ids)
    total = (needed.weights.abs() * torch.nn.functional.softplus(-needed.weights.sign() * scores)).sum()
    found = gradients(total, net.embedding.weight, net.head.weight)

    other = MatrixFactorization(num_users=N + 1, num_items=N + 1, rank=D, biases=False).double()
    other.user_vectors.weight.data, other.item_vectors.weight.data = U.clone(), V.clone()
    pairs = torch.stack([nodes[:, None].expand(-1, 1 + K), needed.ids], -1).flatten(0, 1) + 1
    labels = torch.zeros(len(nodes), 1 + K, dtype=torch.float64)
    labels[:, 0] = 1
    objective = BinaryCrossEntropy()(other(pairs), labels.view(-1, 1)).sum()
    assert_close(total, objective)
    assert_close(found, gradients(objective, other.user_vectors.weight, other.item_vectors.weight))


def test_o28_multinomial_embedding_is_skip_gram_with_softmax() -> None:
    """On the edges; the counts are the entries of the adjacency matrix. Aggarwal 2.7.2."""
    found = of_windows(PAIRS[0], PAIRS[1][:, None])
    assert_close(found, of_counts(torch.from_numpy(GRAPH.adjacency.toarray()).double()))


def of_walks(walks: np.ndarray) -> tuple[Tensor, Tensor]:
    """Return the nodes of walks and their neighbours in windows of two nodes on each side."""
    stream = TokenStream.of(walk[walk >= 0] for walk in walks)
    found = windows(stream.block(0), size=2, keep=None, random_size=False, random=np.random.default_rng(0))
    return torch.from_numpy(found.centers), torch.from_numpy(found.contexts)


def test_o28_deepwalk_and_node2vec_are_multinomial_embeddings_of_counts_in_walks() -> None:
    """c_ij is the number of times that j is near i in the walks. Aggarwal 2.7.3."""
    for p, q in ((1.0, 1.0), (0.5, 2.0)):
        nodes, neighbours = of_walks(walk_ids(GRAPH, walks=1, length=6, p=p, q=q, seed=0, epoch=0))
        assert_close(of_windows(nodes, neighbours), of_counts(counted(nodes, neighbours)))
