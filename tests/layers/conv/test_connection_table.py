import pytest
import torch
from nnzoo.layers.conv.connection_table import LENET5_TABLE, ConnectionTableConv2d
from torch.nn.functional import conv2d

from tests.support.gradients import assert_close_with_gradients

# LeCun et al. 1998, table I, read as printed: rows are the maps of S2, columns those of C3.
TABLE_I = [
    "X...XXX..XXXX.XX",
    "XX...XXX..XXXX.X",
    "XXX...XXX..X.XXX",
    ".XXX..XXXX..X.XX",
    "..XXX..XXXX.XX.X",
    "...XXX..XXXX.XXX",
]


def test_lenet5_table_equals_the_published_one():
    printed = [{i for i in range(6) if TABLE_I[i][out] == "X"} for out in range(16)]
    assert [set(row) for row in LENET5_TABLE] == printed


def test_lenet5_has_1516_parameters():
    layer = ConnectionTableConv2d(in_channels=6, table=LENET5_TABLE, kernel_size=5)
    assert sum(p.numel() for p in layer.parameters()) == 1516


def test_each_map_is_a_convolution_of_its_inputs():
    torch.manual_seed(0)
    table = [[2, 0], [1], [0, 1, 2]]
    layer = ConnectionTableConv2d(in_channels=3, table=table, kernel_size=3).double()
    x = torch.randn(2, 3, 6, 5, dtype=torch.float64, requires_grad=True)
    maps = [
        conv2d(x[:, row], weight[None], layer.bias[i : i + 1])
        for i, (row, weight) in enumerate(zip(table, layer.maps(), strict=True))
    ]
    assert_close_with_gradients(layer(x), torch.cat(maps, 1), [x, layer.weight, layer.bias])


def test_full_table_equals_a_convolution():
    torch.manual_seed(0)
    layer = ConnectionTableConv2d(in_channels=2, table=[[0, 1]] * 4, kernel_size=3)
    x = torch.randn(1, 2, 5, 5)
    torch.testing.assert_close(layer(x), conv2d(x, layer.weight.view(4, 2, 3, 3), layer.bias))


@pytest.mark.parametrize("row", [[3], [-1], [0, 0], []])
def test_invalid_tables_are_refused(row):
    with pytest.raises(ValueError, match="inputs 0 to 2"):
        ConnectionTableConv2d(in_channels=3, table=[[0], row], kernel_size=3)


def test_bounds_of_the_weights_are_by_the_connections_of_each_map():
    """U(-1/sqrt(n), 1/sqrt(n)) for n weights of a map, also for the bias."""
    torch.manual_seed(0)
    layer = ConnectionTableConv2d(in_channels=25, table=[[0]] * 300 + [range(25)] * 300, kernel_size=2)
    for maps, bound in ((slice(300), 1 / 2), (slice(300, 600), 1 / 10)):
        for values in (torch.cat([w.flatten() for w in layer.maps()[maps]]), layer.bias[maps]):
            assert 0.98 * bound < values.abs().max().item() <= bound
            assert values.var().item() == pytest.approx(bound**2 / 3, rel=0.15)
