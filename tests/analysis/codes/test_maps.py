import torch
from nnzoo.analysis.codes.maps import principal_components, tsne
from nnzoo.analysis.codes.neighbours import leave_one_out
from torch.testing import assert_close


def test_principal_components_are_those_of_the_singular_value_decomposition() -> None:
    x = torch.randn(40, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * torch.arange(1, 7)
    u, s, _ = torch.linalg.svd(x - x.mean(0), full_matrices=False)
    found = principal_components(x)
    assert_close(found.abs(), (u[:, :2] * s[:2]).abs().float())  # up to the sign
    assert torch.equal(found, principal_components(x))


def test_tsne_separates_clusters_that_principal_components_do_not() -> None:
    generator = torch.Generator().manual_seed(0)
    classes = torch.arange(120) % 12
    centers = 4 * torch.eye(12).repeat(1, 5)  # (12, 60), more features than t-SNE reads
    x = centers[classes] + torch.randn(120, 60, generator=generator)
    found = tsne(x)
    assert found.shape == (120, 2)
    assert leave_one_out(found, classes) > 0.95 > leave_one_out(principal_components(x), classes)
    assert torch.equal(found, tsne(x))


def test_tsne_of_four_examples() -> None:
    assert tsne(torch.eye(4)).isfinite().all()
