"""A linear autoencoder of word counts is latent semantic analysis: documents are rows of U, words are columns of V.

Aggarwal 2.6.
"""

import torch
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.preprocessing.word_counts import WordCountPreprocessing
from nnzoo.text.documents import count_words
from torch.nn.functional import cosine_similarity

TOPICS = (("ship", "sea", "sailor"), ("oven", "flour", "cake"))
TEXTS = [" ".join(TOPICS[n % 2][(n * step) % 3] for step in range(1, 7)) for n in range(12)]


def test_words_of_a_topic_are_nearest_neighbours() -> None:
    words = tuple(count_words(TEXTS, "texts", TEXTS).words)
    x = WordCountPreprocessing(vocabulary=words).encode(TEXTS).x.double()
    torch.manual_seed(0)
    net = Autoencoder(in_features=len(words), hidden=[], code=2, bias=False).double()
    optimizer = torch.optim.LBFGS(net.parameters(), max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value: torch.Tensor = (net(x) - x).square().sum()
        value.backward()
        return value

    optimizer.step(loss)  # type: ignore[arg-type]
    left, singular, right = torch.linalg.svd(x, full_matrices=False)
    with torch.no_grad():
        rebuilt = (left[:, :2] * singular[:2]) @ right[:2]
        torch.testing.assert_close(net(x), rebuilt, rtol=0, atol=1e-4)
        columns, rows = net.head.weight, net.encode(x)  # V: one row per word here; U: one row per document
    for vectors, topic in ((columns, [word in TOPICS[0] for word in words]), (rows, [n % 2 == 0 for n in range(12)])):
        same = torch.tensor(topic)[:, None] == torch.tensor(topic)
        similarity = cosine_similarity(vectors[:, None], vectors[None], dim=-1)
        assert similarity[same].min() > similarity[~same].max() + 0.5
