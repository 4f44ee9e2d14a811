import pytest
import torch
from nnzoo.layers.connections import pooled_table, random_table
from nnzoo.layers.linear.sparse import SparseLinear

from tests.support.gradients import assert_close_with_gradients


def test_each_unit_is_a_linear_function_of_its_inputs():
    torch.manual_seed(0)
    table = [[2, 0], [1], [0, 1, 2, 3]]
    layer = SparseLinear(in_features=4, table=table).double()
    x = torch.randn(2, 6, 4, dtype=torch.float64, requires_grad=True)
    expected = torch.stack([x[..., row] @ w for row, w in zip(table, layer.units(), strict=True)], -1) + layer.bias
    assert_close_with_gradients(layer(x), expected, [x, layer.weight, layer.bias])


def test_full_table_equals_a_linear_layer():
    layer = SparseLinear(in_features=3, table=[[0, 1, 2]] * 4)
    x = torch.randn(5, 3)
    torch.testing.assert_close(layer(x), x @ layer.weight.view(4, 3).T + layer.bias)


def test_connections_are_saved():
    torch.manual_seed(0)
    one, other = (SparseLinear(in_features=50, table=random_table(50, 20, 5)) for _ in range(2))
    x = torch.randn(3, 50)
    assert not torch.equal(one.index, other.index)
    other.load_state_dict(one.state_dict())
    assert torch.equal(one(x), other(x))


def test_random_table_samples_uniformly_without_replacement():
    torch.manual_seed(0)
    table = random_table(20, 4000, 5)
    assert all(len(set(row)) == len(row) == 5 for row in table)
    counts = torch.tensor(table).flatten().bincount(minlength=20)
    assert counts.min() > 900  # 1000 each, standard deviation 27
    assert counts.max() < 1100
    assert random_table(3, 2, 5) == [[0, 1, 2], [0, 1, 2]]


def test_pooled_table_is_a_partition():
    assert [list(row) for row in pooled_table(7, 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert sorted(i for row in pooled_table(784, 5) for i in row) == list(range(784))


@pytest.mark.parametrize("row", [[3], [-1], [0, 0], []])
def test_invalid_tables_are_refused(row):
    with pytest.raises(ValueError, match="inputs 0 to 2"):
        SparseLinear(in_features=3, table=[[0], row])


def test_bounds_of_the_weights_are_by_the_connections_of_each_unit():
    """U(-1/sqrt(k), 1/sqrt(k)) for k connections, also for the bias."""
    torch.manual_seed(0)
    layer = SparseLinear(in_features=400, table=[range(4)] * 300 + [range(400)] * 300)
    for units, bound in ((slice(300), 1 / 2), (slice(300, 600), 1 / 20)):
        for values in (torch.cat(layer.units()[units]), layer.bias[units]):
            assert 0.98 * bound < values.abs().max().item() <= bound
            assert values.var().item() == pytest.approx(bound**2 / 3, rel=0.15)
