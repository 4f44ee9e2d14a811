import numpy as np
import pytest
from nnzoo.errors import UserError
from nnzoo.text import associations
from nnzoo.text.associations import pointwise_mutual_information, truncated_svd
from scipy.sparse import csr_array
from sklearn.decomposition import TruncatedSVD
from sklearn.metrics import mutual_info_score

COUNTS = np.array([[4.0, 0, 1, 2], [1, 3, 0, 0], [0, 0, 0, 0], [2, 1, 1, 5]])


def by_hand(shift, smoothing, positive):
    """The definition, entry by entry."""
    noise = COUNTS.sum(0) ** smoothing
    found = np.zeros_like(COUNTS)
    for i, j in np.argwhere(COUNTS):
        joint = COUNTS[i, j] / COUNTS.sum()
        found[i, j] = np.log(joint / (COUNTS[i].sum() / COUNTS.sum() * noise[j] / noise.sum())) - np.log(shift)
    return found.clip(min=0) if positive else found


@pytest.mark.parametrize("shift", [1.0, 5.0])
@pytest.mark.parametrize("smoothing", [1.0, 0.75])
@pytest.mark.parametrize("positive", [True, False])
def test_information_by_hand(shift, smoothing, positive):
    found = pointwise_mutual_information(csr_array(COUNTS), shift=shift, smoothing=smoothing, positive=positive)
    np.testing.assert_allclose(found.toarray(), by_hand(shift, smoothing, positive), atol=1e-15)


def test_its_mean_is_the_mutual_information_of_scikit_learn():
    found = pointwise_mutual_information(csr_array(COUNTS), positive=False)
    mean = (found.toarray() * COUNTS).sum() / COUNTS.sum()
    assert mean == pytest.approx(mutual_info_score(None, None, contingency=COUNTS))


def test_a_context_without_counts_is_no_part_of_the_smoothed_distribution():
    wider = csr_array(np.hstack([COUNTS, np.zeros((4, 3))]))
    narrow = pointwise_mutual_information(csr_array(COUNTS), smoothing=0.0)
    assert np.array_equal(pointwise_mutual_information(wider, smoothing=0.0).toarray()[:, :4], narrow.toarray())


def test_the_counts_are_not_changed():
    counts = csr_array(COUNTS)
    pointwise_mutual_information(counts)
    assert np.array_equal(counts.toarray(), COUNTS)


@pytest.mark.parametrize("full", [True, False])
def test_components_of_scikit_learn(full, monkeypatch):
    monkeypatch.setattr(associations, "MAX_FULL", 100 if full else 0)
    matrix = csr_array(np.random.default_rng(0).poisson(0.3, (60, 40)).astype(float))
    reference = TruncatedSVD(3, algorithm="arpack", random_state=0).fit(matrix)
    left, values, right = truncated_svd(matrix, 3)
    np.testing.assert_allclose(values, reference.singular_values_)
    expected = reference.components_.T
    np.testing.assert_allclose(right * np.sign((right * expected).sum(0)), expected, atol=1e-9)
    np.testing.assert_allclose(left * values, matrix @ right, atol=1e-9)
    assert (left[np.abs(left).argmax(0), range(3)] > 0).all()
    assert all(
        np.array_equal(one, two) for one, two in zip(truncated_svd(matrix, 3), (left, values, right), strict=True)
    )


def test_full_rank_restores_the_matrix(monkeypatch):
    monkeypatch.setattr(associations, "MAX_FULL", 0)
    left, values, right = truncated_svd(csr_array(COUNTS), 4)
    np.testing.assert_allclose(left * values @ right.T, COUNTS, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pointwise_mutual_information(csr_array(COUNTS), shift=0), "shift is 0; it must be above 0"),
        (lambda: pointwise_mutual_information(csr_array(COUNTS), smoothing=-1), "smoothing is -1; it must be at least"),
        (lambda: pointwise_mutual_information(csr_array(0 * COUNTS)), "all counts are 0"),
        (lambda: truncated_svd(csr_array(COUNTS), 5), "rank is 5; it must be at least 1 and at most 4"),
    ],
)
def test_values_out_of_range_are_refused(call, message):
    with pytest.raises(UserError, match=message):
        call()
