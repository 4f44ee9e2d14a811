import numpy as np
import pytest
import torch
from nnzoo.analysis.outliers import outlier_scores, quantile_grid, score_quantile, why_no_outliers
from nnzoo.builders.adapters import Network, flatten, identity
from nnzoo.losses import BinaryCrossEntropy, Multinomial, Squared
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.autoencoder_ensemble import AutoencoderEnsemble
from nnzoo.spec import DataSpec
from nnzoo.tasks.heads.reconstruction import Reconstruction
from torch.testing import assert_close


def head(loss):
    """The head of an autoencoder with a loss."""
    return Reconstruction(spec=DataSpec(input="real", shape=(6,), target="input", target_size=6), loss=loss())


X = torch.randn(9, 6, generator=torch.Generator().manual_seed(0))


def autoencoder():
    torch.manual_seed(0)
    return Network(Autoencoder(in_features=6, hidden=[], code=2), identity, masked=False).eval()


def test_scores_are_squared_gaps_and_their_sums():  # Aggarwal 2.5.4
    net = autoencoder()
    found = outlier_scores(net, head(BinaryCrossEntropy), X, partial=False)
    gaps = (net(X).sigmoid() - X).double().square()
    assert_close(found.entries, gaps)
    assert_close(found.rows, gaps.sum(1))


def test_counts_are_compared_as_shares():
    net, counts = autoencoder(), X.abs()
    counts[3] = 0  # a document without words
    found = outlier_scores(net, head(Multinomial), counts, partial=False)
    gaps = net(counts).softmax(1) - counts / counts.sum(1, keepdim=True).clamp(min=1e-9)
    assert_close(found.entries, gaps.double().square())


def test_the_truncated_svd_leaves_the_residuals():
    """A linear autoencoder with the singular vectors as weights: the rows' scores are the squared residual norms."""
    x = X.double()
    _, _, vh = torch.linalg.svd(x, full_matrices=False)
    net = Autoencoder(in_features=6, hidden=[], code=2, bias=False).double()
    net.encoder[0].weight.data, net.decoder[0].weight.data = vh[:2], vh[:2].T
    found = outlier_scores(Network(net, identity, masked=False), head(Squared), x, partial=False)
    assert_close(found.rows, x.square().sum(1) - (x @ vh[:2].T).square().sum(1))


def test_pixels_are_flattened():
    net = Network(autoencoder().model, flatten, masked=False)
    found = outlier_scores(net, head(Squared), X.view(9, 1, 2, 3), partial=False)
    assert_close(found.rows, outlier_scores(autoencoder(), head(Squared), X, partial=False).rows)


def test_unknown_entries_do_not_count():
    x = X.clone()
    x[::2, 1:4] = 0
    found = outlier_scores(autoencoder(), head(Squared), x, partial=True)
    assert not found.entries[x == 0].any()
    assert_close(found.rows, ((autoencoder()(x) - x).square() * (x != 0)).double().sum(1))


@pytest.mark.parametrize("how", ["median", "mean"])
def test_the_scores_of_members_are_combined(how):  # Aggarwal 4.5.3
    torch.manual_seed(0)
    net = Network(AutoencoderEnsemble(in_features=6, members=5, code=2, combine=how), identity, masked=False)
    found = outlier_scores(net, head(Squared), X, partial=False)
    gaps = (net.member_outputs(X) - X.unsqueeze(1)).double().square().detach().numpy()
    combine = {"median": np.median, "mean": np.mean}[how]
    assert_close(found.rows.detach(), torch.from_numpy(combine(gaps.sum(2), axis=1)))
    assert_close(found.entries.detach(), torch.from_numpy(combine(gaps, axis=1)))


def test_a_quantile_is_interpolated_on_the_grid():
    scores = np.random.default_rng(0).exponential(size=5000)
    grid = quantile_grid(scores)
    for share in (0.0, 0.5, 0.99, 1.0):
        assert score_quantile(grid, share) == pytest.approx(np.quantile(scores, share), rel=1e-12)
    assert score_quantile(grid, 0.9555) == pytest.approx((grid[955] + grid[956]) / 2, rel=1e-12)


def test_which_data_has_outlier_scores():
    steps = DataSpec("real", (5,), "input", 5, sequence=True, per_step=True)
    assert why_no_outliers(DataSpec("real", (5,), "input", 5)) is None
    assert "does not reconstruct its input" in why_no_outliers(DataSpec("real", (5,), "classes", 2))
    assert "it reconstructs sequences" in why_no_outliers(steps)
