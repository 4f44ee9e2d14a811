"""The numbers of a step, and its text, table and JSON, worked by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest
from nnzoo.errors import UserError
from nnzoo.teaching.steps import places
from nnzoo.teaching.text import block, step_text
from nnzoo.teaching.trace import Trace

from .small_steps import LAYERS, STEP, array, repeated


def test_size_counts_every_number() -> None:
    layers, weights = (4 + 4) + 4 + (2 + 2), 5 * 4 + 3 * 2 + 4 * 2
    assert STEP.size == 4 + layers + weights + 2 * 2  # with the inputs, and the target and the loss of each example


def test_weights_by_name_and_their_columns() -> None:
    weight = STEP.weight("layers.0.weight")
    assert list(weight.columns()) == ["before", "gradient", "momentum_buffer", "update", "after"]
    assert weight.columns()["update"].tolist() == [[-0.5, 0], [-1, 2]]
    assert list(STEP.weight("layers.0.bias").columns()) == ["before", "update", "after"]
    assert (STEP.symbol, replace(STEP, rule=True).symbol) == ("dL/d", "-error")


def test_places_are_indices_of_python() -> None:
    assert places((2, 3)) == ["[0,0]", "[0,1]", "[0,2]", "[1,0]", "[1,1]", "[1,2]"]
    assert places((2,)) == ["[0]", "[1]"]
    assert places(()) == [""]


TEXT = """\
step 3, epoch 2, learning rate 0.05: loss L = 1, the mean over 2 examples

example                     7         4
input           [0]         1         3
                [1]         2        -1
layers.0 Linear [0]         2    2.5000
                [1]    1.2500   -3.7500
layers.1 ReLU   [0]         2    2.5000
                [1]    1.2500         0
layers.2 Linear [0]    2.7500         5
target                    yes        no
prediction                 no        no
loss                   0.5000    1.5000
dL/d layers.2   [0]    0.2500   -0.5000
dL/d layers.0   [0]    0.5000    0.1250
                [1]   -0.2500         0

weight                   before  gradient  momentum    update     after
layers.0.weight [0,0]         1         1         5   -0.5000    0.5000
                [0,1]    0.5000         2         6         0    0.5000
                [1,0]        -1         3         7        -1        -2
                [1,1]         1         4         8         2         3
layers.0.bias   [0]           0                             1         1
                [1]      0.2500                             0    0.2500
layers.2.weight [0,0]         2    0.7500              0.5000    2.5000
                [0,1]        -1         9                   0        -1"""


def test_text_has_every_number_in_columns() -> None:
    assert step_text(STEP) == TEXT


def test_text_of_what_is_unknown_is_left_out() -> None:
    bare = replace(repeated(1), lr=None, losses=None, target=[], prediction=[[0.5]], rule=True)
    lines = step_text(bare).splitlines()
    assert lines[0] == "step 3, epoch 2: loss L = 1"
    assert not [line for line in lines if line.startswith(("target", "prediction", "loss"))]
    assert len([line for line in lines if line.startswith("-error layers")]) == 2
    numbers = step_text(replace(repeated(1), target=[0.123456], prediction=[2])).splitlines()
    assert [line.split() for line in numbers if line.startswith(("target", "prediction"))] == [
        ["target", "0.1235"],
        ["prediction", "2"],
    ]


def test_six_examples_are_side_by_side() -> None:
    blocks = step_text(repeated(13)).split("\n\n")
    assert [line.split()[1:] for line in (each.splitlines()[0] for each in blocks[1:4])] == [
        [*"012345"],
        ["6", "7", "8", "9", "10", "11"],
        ["12"],
    ]
    assert len(blocks) == 5


def test_text_of_outputs_with_another_first_dimension() -> None:
    shared = LAYERS[2]._replace(output=array([9, 8], [7, 6], [5, 4]), gradient=None)
    lines = step_text(replace(STEP, layers=[shared])).splitlines()
    assert [line.split() for line in lines[5:7]] == [["layers.2", "Linear", "[0]", "9"], ["[1]", "8"]]


def test_columns_widen_for_long_texts() -> None:
    assert block([("a", "", ["1", "123456789"]), ("bc", "[0]", ["2", ""])]) == (
        "a               1  123456789\nbc [0]          2"
    )


def test_table_has_a_row_for_each_number() -> None:
    table = Trace([STEP]).table
    rows = list(table.itertuples(index=False, name=None))
    assert list(table.columns) == ["step", "epoch", "quantity", "name", "index", "example", "value"]
    assert rows[:2] == [(3, 2, "input", "", "[0]", 7, 1.0), (3, 2, "input", "", "[1]", 7, 2.0)]
    assert rows[4:8] == [
        (3, 2, "output", "layers.0", place, example, value)
        for place, example, value in [("[0]", 7, 2.0), ("[1]", 7, 1.25), ("[0]", 4, 2.5), ("[1]", 4, -3.75)]
    ]
    assert [row[2:] for row in rows[14:16]] == [("loss", "", "", 7, 0.5), ("loss", "", "", 4, 1.5)]
    assert rows[16][2:5] == ("mean loss", "", "")
    assert np.isnan(rows[16][5])
    assert rows[16][6] == 1.0
    assert [row[2:5] for row in rows[17:19]] == [("gradient", "layers.2", "[0]")] * 2
    assert [row[6] for row in rows[17:23]] == [0.25, -0.5, 0.5, -0.25, 0.125, 0]
    assert [row[2:5] + row[6:] for row in rows[23:28]] == [
        ("before", "layers.0.weight", "[0,0]", 1.0),
        ("before", "layers.0.weight", "[0,1]", 0.5),
        ("before", "layers.0.weight", "[1,0]", -1.0),
        ("before", "layers.0.weight", "[1,1]", 1.0),
        ("gradient", "layers.0.weight", "[0,0]", 1.0),
    ]
    assert table.example[23:].isna().all()
    assert len(rows) == STEP.size - 2 * 2 + 2 + 1  # the targets are no numbers; the losses and their mean are


def test_outputs_of_no_single_example_and_steps_without_losses() -> None:
    shared = LAYERS[2]._replace(output=array([9]), gradient=None)
    table = Trace([replace(STEP, layers=[shared], losses=None)]).table
    (row,) = table[table.quantity == "output"].itertuples(index=False, name=None)
    assert np.isnan(row[5])
    assert row[6] == 9
    assert "loss" not in set(table.quantity)
    assert Trace([STEP]).to_csv().startswith("step,epoch,quantity,name,index,example,value\n3,2,input,,[0],7.0,1.0\n")


def test_weights_of_several_steps() -> None:
    wide = Trace([STEP, replace(STEP, step=4)]).weights
    assert list(wide.columns) == ["step", "weight", "before", "gradient", "momentum_buffer", "update", "after"]
    assert len(wide) == 2 * 8
    assert wide.iloc[3].tolist() == [3, "layers.0.weight[1,1]", 1, 4, 8, 2, 3]
    assert wide.iloc[15].fillna(0).tolist() == [4, "layers.2.weight[0,1]", -1, 9, 0, 0, -1]


def test_json_has_every_number_and_null_for_nan() -> None:
    trace = Trace([STEP, replace(STEP, step=4, losses=None, loss=float("nan"))])
    first, second = json.loads(trace.to_json())
    assert {key: first[key] for key in ("step", "epoch", "lr", "examples", "loss", "target", "prediction")} == {
        "step": 3,
        "epoch": 2,
        "lr": 0.05,
        "examples": [7, 4],
        "loss": 1.0,
        "target": ["yes", "no"],
        "prediction": ["no", "no"],
    }
    assert first["inputs"] == [[1, 2], [3, -1]]
    assert first["losses"] == [0.5, 1.5]
    assert first["layers"][0] == {
        "name": "layers.0",
        "kind": "Linear",
        "output": [[2, 1.25], [2.5, -3.75]],
        "gradient": [[0.5, -0.25], [0.125, 0]],
    }
    assert first["layers"][1]["gradient"] is None
    assert first["weights"]["layers.0.bias"] == {"before": [0, 0.25], "update": [1, 0], "after": [1, 0.25]}
    assert (second["losses"], second["loss"]) == (None, None)
    assert trace.to_json().startswith('[\n  {\n    "step": 3')


def test_trace_as_text_and_in_a_notebook() -> None:
    trace = Trace([STEP, replace(STEP, step=4, target=["<", "no"])])
    assert str(trace).startswith(f"{TEXT}\n\nstep 4, epoch 2")
    assert repr(trace) == f"Trace(2 steps, {2 * STEP.size} numbers)"
    html = trace._repr_html_()
    assert html.startswith("<pre>step 3")
    assert html.endswith("</pre>")
    assert "&lt;" in html


@pytest.mark.parametrize("step", [0, 3])
def test_only_recorded_steps_are_drawn(step: int) -> None:
    with pytest.raises(UserError, match=f"step is {step}; the trace has steps 1 to 2"):
        Trace([STEP, STEP]).plot(step)
