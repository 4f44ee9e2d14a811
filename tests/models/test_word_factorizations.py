"""The names of factorizations of words: what their configs build, and a run of each."""

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.data.text.word_counts import FILE, Reuters, WordCounts
from nnzoo.errors import UserError
from nnzoo.models.matrix_factorization import MatrixFactorization
from nnzoo.models.row_index import RowIndex
from scipy.sparse import csr_array
from sklearn.decomposition import TruncatedSVD
from torch.testing import assert_close

from tests.inference.small_runs import train

TEXT = "the cat sat on the mat\nthe dog sat on the log\na bird flew over the sea\na fish swam in the deep sea\n" * 9


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    file = tmp_path_factory.mktemp("text") / "animals.txt"
    file.write_text(TEXT)
    return f"data.path={file}"


def test_vectors():
    net = MatrixFactorization(num_users=4, num_items=4, rank=2)
    assert torch.equal(net.vectors(), net.user_vectors.weight)
    assert torch.equal(net.vectors("output"), net.item_vectors.weight)
    assert net.vectors("both").shape == (3, 4)
    rows = RowIndex(num_users=4, out_features=3, rank=2)
    assert torch.equal(rows.vectors("sum"), rows.embedding.weight + rows.head.weight)
    with pytest.raises(UserError, match="rank is 0; a model of biases only has no vectors"):
        MatrixFactorization(num_users=4, num_items=4, rank=0).vectors()
    with pytest.raises(UserError, match="unknown vectors 'inputs'; did you mean 'input'"):
        net.vectors("inputs")


@pytest.mark.parametrize(
    "overrides",
    [
        ("model=pmi_svd", "model.rank=4", "trainer.max_epochs=1"),
        ("model=glove", "model.rank=4", "data.negatives=0", "data.weighting=harmonic"),
        ("model=matrix_factorization", "model.biases=false"),
        ("model=matrix_factorization", "loss=weighted_squared", "data.exclude=false", "data.window=2"),
    ],
)
def test_pairs_of_words_are_learned_and_predicted(tmp_path, text, overrides):
    run = train(tmp_path, "data=cooccurrences", text, *overrides)
    net = nnzoo.load(run)
    words = net.spec.vocabulary
    assert net.model.vectors().shape == (len(words), net.model.rank)
    predicted = nnzoo.predict(run, [["cat", "the"], ["sea", "the"]])
    chosen = torch.tensor([[1 + words.index(word), 1 + words.index("the")] for word in ("cat", "sea")])
    np.testing.assert_allclose(predicted["prediction"], net.head.predict(net(chosen)).detach()[:, 0], rtol=1e-6)
    with pytest.raises(UserError, match="word 'zebra' is not in the training data"):
        nnzoo.predict(run, [["zebra", "the"]])


def test_rows_of_counts_are_learned_and_predicted(tmp_path, text):
    run = train(tmp_path, "data=cooccurrences", text, "data.layout=index", "model=row_index", "model.bias=false")
    net = nnzoo.load(run)
    shares = nnzoo.predict(run, ["cat", "sea"])["prediction"]
    np.testing.assert_allclose(shares.sum(1), 1, rtol=1e-5)
    place = net.spec.vocabulary.index("cat")
    np.testing.assert_allclose(nnzoo.encode(run, ["cat"])["code"][0], net.model.vectors()[place].detach())
    assert net.model.vectors("both").shape == (len(net.spec.vocabulary), 20)


def test_a_run_that_was_interrupted_continues_with_the_same_sampled_pairs(tmp_path, text):
    common = ("data=cooccurrences", text, "model=matrix_factorization", "loader.batch_size=50")
    whole = train(tmp_path / "whole", *common, "trainer.max_epochs=4")
    part = train(tmp_path / "part", *common, "trainer.max_epochs=2")
    resumed = nnzoo.resume(part, "trainer.max_epochs=4").directory
    one, other = nnzoo.load(whole).state_dict(), nnzoo.load(resumed).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def check_svd(run, x):
    """Compare a run with scikit-learn: the code of documents x is U S, the weights are V; x is not centred."""
    net = nnzoo.load(run)
    words = net.model.encoder[0].weight.detach().double()
    reference = TruncatedSVD(len(words), algorithm="arpack", random_state=0).fit(csr_array(x.double().numpy()))
    signs = torch.from_numpy(np.sign((reference.components_ * words.numpy()).sum(1)))
    expected = torch.tensor(reference.components_.copy()) * signs[:, None]
    assert_close(words, expected, atol=1e-4, rtol=0)
    assert_close(torch.from_numpy(net.transform(x.numpy())).double(), x.double() @ expected.T, atol=1e-2, rtol=1e-4)


def test_truncated_svd_of_documents(tmp_path):
    """Documents are rows of U S, words are columns of V. Aggarwal 2.6."""
    documents = tmp_path / "documents.txt"
    documents.write_text(TEXT)
    counts = ("data=word_counts", f"data.path={documents}", "data.min_count=1", "data.val=0")
    run = train(
        tmp_path, *counts, "model=pca", "model.bias=false", "trainer.max_epochs=1", "model.code=3", "evaluate=[train]"
    )
    check_svd(run, WordCounts(path=str(documents), min_count=1, val=0).splits["train"].x.float())


def test_truncated_svd_of_news(real, tmp_path):
    real(FILE)
    run = train(
        tmp_path,
        "data=reuters",
        "data.max_vocabulary=200",
        "model=pca",
        "model.bias=false",
        "trainer.max_epochs=1",
        "model.code=4",
    )
    check_svd(run, Reuters(max_vocabulary=200).splits["train"].x.float())
