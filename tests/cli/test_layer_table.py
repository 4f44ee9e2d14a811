import csv
import json
from io import StringIO

import pytest

from tests.support.commands import command, exit_code

SMALL = ("info", "conv_pattern", "input=1x6x6", "classes=3", "model.pattern=CRPF", "model.channels=2")
TABLE = """\
layer     kind             output  parameters  multiplications  memory  receptive field
input     input            1x6x6            0                0   144 B
layers.0  convolution 3x3  2x6x6           20              648   288 B  3x3
layers.2  max-pooling 2x2  2x3x3            0                0    72 B  4x4
layers.4  dense            3               57               54    12 B  all
total                                      77              702   516 B
"""


def test_table():
    assert command(*SMALL).startswith(TABLE)


def test_group_and_name_are_the_same():
    for words in (["model=conv_pattern"], ["model", "conv_pattern"]):
        assert command("info", *words, *SMALL[2:]).startswith(TABLE)


def test_json_and_csv_have_the_same_numbers():
    plain = json.loads(command(*SMALL, "--json"))
    cells = list(csv.DictReader(StringIO(command(*SMALL, "--csv"))))
    assert [each["layer"] for each in plain] == ["input", "layers.0", "layers.2", "layers.4"]
    assert plain[2] == {
        "layer": "layers.2",
        "kind": "max-pooling 2x2",
        "output": [2, 3, 3],
        "parameters": 0,
        "multiplications": 0,
        "bytes": 72,
        "receptive_field": [4, 4],
        "receptive_field_stride": [2, 2],
        "receptive_field_start": [-1, -1],
    }
    for one, other in zip(plain, cells, strict=True):
        assert other["output"] == "x".join(map(str, one["output"]))
        assert int(other["multiplications"]) == one["multiplications"]


def test_networks_of_vectors():
    lines = command("info", "mlp", "input=784", "classes=10", "model.hidden=[20]").splitlines()
    assert [line.split() for line in lines[2:4]] == [
        ["layers.0", "dense", "20", "15,700", "15,680", "80", "B"],
        ["layers.2", "dense", "10", "210", "200", "40", "B"],
    ]


def parameters(*words):
    """The parameters in the last line, the sums, and the shape of the input."""
    table = json.loads(command("info", *words, "--json"))
    return sum(each["parameters"] for each in table), table[0]["output"]


def test_networks_of_other_targets():
    assert parameters("gan", "input=2")[0] > 0
    assert parameters("conditional_vae", "input=1x4x4", "classes=3", "model.hidden=[5]", "model.code=2") == (
        19 * 5 + 5 + 5 * 4 + 4 + (2 + 3) * 5 + 5 + 5 * 16 + 16,
        [19],
    )
    assert parameters("multimodal_autoencoder", "input=12", "classes=3")[1] == [15]


def test_networks_of_sequences():
    """A gated recurrent unit has three gates, each with weights of inputs and of its own units."""
    found, shape = parameters("gru", "input=20x3", "classes=4", "model.hidden=5")
    assert shape == [20, 3]
    assert found == parameters("gru", "input=7x3", "classes=4", "model.hidden=5")[0]
    assert found - (5 * 4 + 4) in (3 * (3 * 5 + 5 * 5 + 5), 3 * (3 * 5 + 5 * 5 + 10))


@pytest.mark.parametrize(("name", "products"), [("plsa", 12 * 3 * 2), ("sum_product", (2 * 12 + 2) * 6 + 3 * 4)])
def test_products_of_weights_that_are_computed(name, products):
    settings = {"plsa": "model.code=3", "sum_product": "model.products=[3]"}
    table = json.loads(command("info", name, "input=12", "classes=4", settings[name], "--json"))
    assert sum(each["multiplications"] for each in table) == products


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["vgg_d", "input=224x224"], "takes images; input is 224x224, it takes a shape such as 3x224x224"),
        (["vgg_d", "input=3x224x224x2"], "input is '3x224x224x2'; it takes a shape such as 3x224x224"),
        (["glove", "input=9"], "model 'glove' takes ids; input=SHAPE is for networks of images, vectors and sequences"),
        (["deepwalk", "input=9"], "model 'deepwalk' takes an index; input=SHAPE is for networks of"),
        (
            ["seq2seq", "input=9x3"],
            "model 'seq2seq' predicts sequence; input=SHAPE is for networks that predict cl",
        ),
        (["lenet5", "input=784"], "takes images; input is 784, it takes a shape such as 3x224x224"),
        (["vgg_d", "input=3x0x4"], "input is '3x0x4'"),
        (["vgg_f", "input=3x224x224"], "unknown model 'vgg_f'; did you mean 'vgg_a'?"),
        (["input=3x224x224"], "unknown model ''"),
        (["vgg_d", "input=3x224x224", "clases=3"], "unknown argument 'clases'; did you mean 'classes'?"),
        (["vgg_d", "input=3x224x224", "classes=0"], "classes is 0; it must be at least 1"),
        (["vgg_d", "input=3x28x28"], "images of 28x28 are too small: max-pooling 2x2 (layer 30)"),
        (["vgg_d", "input=3x224x224", "model.dropuot=0"], "did you mean 'model.dropout'?"),
        (["vgg_d", "input=784"], "model 'vgg_d' takes"),
        (["vgg_d", "classes=10"], "the layers of a network need input=SHAPE, such as 3x224x224 or 784"),
        (["vgg_d", "--csv"], "the layers of a network need input=SHAPE, such as 3x224x224 or 784"),
        (["vgg_d", "model.dropout=0"], "the layers of a network need input=SHAPE, such as 3x224x224 or 784"),
        (["vgg_d", "input="], "the layers of a network need input=SHAPE, such as 3x224x224 or 784"),
        (["fcn", "input=784"], "model 'fcn' takes images; input is 784, it takes a shape such as 3x224x224"),
        (["vgg_d", "input=3x224x224", "--csv", "--json"], "choose one of --csv and --json"),
    ],
)
def test_mistakes_are_one_line(args, message, capsys):
    assert exit_code("info", *args) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
