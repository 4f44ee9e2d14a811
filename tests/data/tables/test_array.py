import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.data.shared import reading_once
from nnzoo.data.tables.array import Array
from nnzoo.errors import DataWarning, UserError
from sklearn.datasets import load_digits
from torch.testing import assert_close

generator = np.random.default_rng(0)
X = generator.normal(size=(40, 3))
K = np.arange(40) % 3


def Plain(**settings):  # noqa: N802
    """The numbers as they are in the file."""
    with warnings.catch_warnings(action="ignore", category=DataWarning):
        return Array(**{"standardize": False, "standardize_target": False} | settings)


def whole(data):
    """All examples, sorted by their first number."""
    x = torch.cat([part.x for part in data.splits.values()])
    y = torch.cat([part.y for part in data.splits.values()])
    order = x.flatten(1)[:, 0].argsort()
    return x[order], y[order]


def sorted_by_first(x, y):
    order = np.argsort(x[:, 0])
    return torch.tensor(x[order], dtype=torch.float32), torch.tensor(y[order])


def test_npz_of_classes(save):
    data = Plain(path=save("a.npz", x=X, y=K))
    assert str(data.spec) == "real vector of 3 -> classes(3)"
    assert data.spec.labels == ("0", "1", "2")
    assert {name: len(part.x) for name, part in data.splits.items()} == {"train": 29, "val": 3, "test": 8}
    for found, wanted in zip(whole(data), sorted_by_first(X, K), strict=True):
        assert torch.equal(found, wanted)
    assert data.splits["test"].y.bincount().min() >= 2


def test_test_set_does_not_depend_on_seed(save):
    path = save("a.npz", x=X, y=K)
    one, other = Plain(path=path, seed=0).splits, Plain(path=path, seed=1).splits
    assert torch.equal(one["test"].x, other["test"].x)
    assert not torch.equal(one["val"].x, other["val"].x)


def test_without_a_test_set_all_rows_are_for_training(save):
    path = save("a.npz", x=X, y=K)
    data = Plain(path=path, test=0, val=0)
    assert {name: len(part.x) for name, part in data.splits.items()} == {"train": 40}
    for found, wanted in zip(whole(data), sorted_by_first(X, K), strict=True):
        assert torch.equal(found, wanted)
    assert {name: len(part.x) for name, part in Plain(path=path, test=0).splits.items()} == {"train": 36, "val": 4}
    assert len(Plain(path=save("b.npz", x=X[:1], y=X[:1, :1]), test=0, val=0).splits["train"]) == 1


def test_rows_with_a_single_1_are_sets_of_labels_on_request(save):
    path = save("a.npz", x=X, y=np.eye(3)[K])
    assert str(Plain(path=path).spec) == "real vector of 3 -> classes(3)"
    data = Plain(path=path, task="multilabel")
    assert str(data.spec) == "real vector of 3 -> multilabel(3)"
    assert torch.equal(whole(data)[1], sorted_by_first(X, np.eye(3)[K])[1].float())


def test_npz_with_its_own_test_set_and_target(save):
    path = save("a.npz", x=X, digit=K, x_test=X[:5] + 1, digit_test=K[:5])
    splits = Plain(path=path, target="digit", val=0).splits
    assert len(splits["train"].x) == 40
    assert torch.equal(splits["test"].x, torch.tensor(X[:5] + 1, dtype=torch.float32))
    assert splits["test"].y.tolist() == K[:5].tolist()
    assert "val" not in splits


@pytest.mark.parametrize(("shape", "form"), [((8, 9), (1, 8, 9)), ((3, 8, 9), (3, 8, 9))])
def test_images_of_bytes(save, shape, form):
    x = generator.integers(0, 256, (40, *shape), dtype=np.uint8)
    x[:, ..., 0, 0] = np.arange(40).reshape(40, *[1] * (len(shape) - 2))
    data = Array(path=save("a.npz", x=x, y=K))
    assert data.spec.shape == form
    assert (data.spec.low, data.spec.high) == (0, 1)
    assert data.splits["train"].x.dtype == torch.uint8
    batch = next(iter(data.train_loader()))
    index = (batch.x[:, 0, 0, 0] * 255).round().long()
    assert torch.allclose(batch.x, torch.tensor(x).view(40, *form)[index] / 255)
    assert torch.equal(batch.y, torch.tensor(K)[index])


def test_images_of_reals_are_left_alone(save):
    data = Array(path=save("a.npz", x=X.reshape(10, 3, 4), y=K[:10]))
    assert data.spec.form == "image"
    assert torch.equal(whole(data)[0].view(10, 12), sorted_by_first(X.reshape(10, 12), K[:10])[0])


@pytest.mark.parametrize(
    ("y", "task", "spec"),
    [
        (K, "auto", "classes(3)"),
        (K.astype(float), "auto", "classes(3)"),
        (K[:, None], "auto", "classes(3)"),
        (K > 0, "auto", "classes(2)"),
        (K.astype(str), "auto", "classes(3)"),
        (K, "regression", "real(1)"),
        (np.arange(40), "auto", "real(1)"),
        (np.arange(40) // 2, "auto", "classes(20)"),
        (np.arange(40), "classification", "classes(40)"),
        (X[:, 0], "auto", "real(1)"),
        (X[:, :2], "auto", "real(2)"),
    ],
)
def test_kind_of_target(save, y, task, spec):
    data = Array(path=save("a.npz", x=X, y=y), task=task)
    assert str(data.spec).endswith(f"-> {spec}")
    assert data.splits["train"].y.dtype == (torch.float32 if "real" in spec else torch.int64)
    assert data.splits["train"].y.ndim == (2 if "real" in spec else 1)


def test_npy_with_target_in_the_last_column(save):
    x, y = whole(Plain(path=save("a.npy", np.column_stack([X, X[:, 0] * 2]))))
    assert x.shape == (40, 3)
    assert torch.allclose(y[:, 0], x[:, 0] * 2)


def test_npy_pair(save):
    data = Plain(path=save("x.npy", X), target=save("y.npy", K))
    for found, wanted in zip(whole(data), sorted_by_first(X, K), strict=True):
        assert torch.equal(found, wanted)


def table(header, target):
    rows = [[f"{i}.5", str(-i)] for i in range(20)]
    for i, row in enumerate(rows):
        row.insert(target, "no" if i % 2 else "yes")
    return "\n".join([*header, *map(",".join, rows)]) + "\n\n"


@pytest.mark.parametrize("header", [[], ["a,b,label"], ["\ufeffa,b,label"]])
def test_csv(save, header):
    data = Plain(path=save("a.csv", table(header, 2)))
    assert data.spec.labels == ("no", "yes")
    x, y = whole(data)
    assert torch.equal(x, torch.tensor([[i + 0.5, -i] for i in range(20)]))
    assert y.tolist() == [1, 0] * 10


@pytest.mark.parametrize(("header", "place"), [('a,"b",c', 1), ("\ufeffb,a,c", 0)])
def test_csv_target_by_name(save, header, place):
    data = Plain(path=save("a.csv", table([header], place)), target="b")
    x, y = whole(data)
    assert torch.equal(x, torch.tensor([[i + 0.5, -i] for i in range(20)]))
    assert y.tolist() == [1, 0] * 10


def test_standardize_by_the_training_set(save):
    x = np.column_stack([X * 5 + 3, np.ones(40)])
    plain = Plain(path=save("a.npz", x=x, y=K)).splits
    splits = Array(path=save("a.npz", x=x, y=K)).splits
    assert torch.allclose(splits["train"].x.mean(0)[:3], torch.zeros(3), atol=1e-6)
    assert torch.allclose(splits["train"].x.std(0, correction=0), torch.tensor([1.0, 1, 1, 0]), atol=1e-6)
    mean, deviation = plain["train"].x.mean(0)[:3], plain["train"].x.std(0, correction=0)[:3]
    assert torch.allclose(splits["test"].x[:, :3], (plain["test"].x[:, :3] - mean) / deviation, atol=1e-5)


def changed(place, value):
    x = X.copy()
    x[place] = value
    return x


@pytest.mark.parametrize(
    ("arrays", "options", "reason"),
    [
        ({"x": changed((3, 1), np.nan), "y": K}, {}, "row 4, column 2: the cell is missing; data.missing=drop"),
        ({"x": changed((0, 2), -np.inf), "y": K}, {}, "row 1, column 3: -inf is not finite"),
        ({"x": changed((0, 2), 1e300), "y": K}, {}, r"column 3: the values are too large, up to 1e\+300"),
        ({"x": X, "y": X[:, 0] * 1e300}, {"standardize_target": True}, "targets up to .* are too large for float32"),
        ({"x": X, "y": changed((2, 0), np.nan)}, {}, "row 3: the target is missing"),
        ({"x": X, "y": np.where(K == 1, np.nan, K)}, {"task": "classification"}, "row 2: the target is missing"),
        ({"x": X[:, 0], "y": K}, {}, r"x is \(40,\)"),
        ({"x": X[:, :, None, None, None], "y": K}, {}, r"x is \(40, 3, 1, 1, 1\)"),
        ({"x": X[:0], "y": K[:0]}, {}, r"x is \(0, 3\)"),
        ({"x": X, "y": K[:39]}, {}, r"x is \(40, 3\) but y is \(39,\)"),
        ({"x": X, "y": np.array(1)}, {}, r"y is \(\)"),
        ({"x": X, "y": X[:, :, None]}, {}, r"y is \(40, 3, 1\)"),
        ({"x": X, "y": X[:, :2]}, {"task": "classification"}, r"y is \(40, 2\); classes need"),
        ({"x": X, "y": X[:, 0]}, {"task": "classification"}, "a class is an integer"),
        ({"x": X, "y": K * 1j}, {}, "y is of type complex"),
        ({"x": X, "y": K * 0}, {}, "all targets are '0'"),
        ({"x": X, "y": K.astype(str)}, {"task": "regression"}, "y is text, such as '0'; it must be numbers"),
        ({"x": X.astype(str), "y": K}, {}, "x is of type <U"),
        ({"x": X, "y": K.astype(object)}, {}, "never unpickled"),
        ({"x": X, "z": K}, {}, "no array 'y'; it has: x, z"),
        ({"x": X, "y": K}, {"target": "w"}, "no array 'w'"),
        ({"x": X, "y": K, "x_test": X}, {}, "no array 'y_test'"),
        (
            {"x": X, "y": K, "x_test": X[:, :2], "y_test": K},
            {},
            "x_test: the input has no column '3'",
        ),
        ({"x": X, "y": K, "x_test": X, "y_test": K + 1}, {}, "y_test has the class '3'"),
        ({"x": X, "y": X, "x_test": X, "y_test": X[:, :1]}, {}, "y_test has 1 columns, y has 3"),
        ({"x": X, "y": K, "x_test": X, "y_test": K[:3]}, {}, r"x_test is \(40, 3\) but y_test is \(3,\)"),
        ({"x": X[:2], "y": K[:2]}, {}, "2 rows are too few"),
        ({"x": X.reshape(10, 3, 4), "y": K[:10]}, {"standardize": True}, "standardize is for tables"),
        ({"x": X, "y": K}, {"task": "multilabel"}, "data.task=multilabel takes several columns of 0 and 1"),
        ({"x": X, "y": X}, {"task": "multilabel"}, r"y is \(40, 3\); data.task=multilabel takes several columns"),
    ],
)
def test_arrays_that_cannot_be_used(save, arrays, options, reason):
    path = save("a.npz", **arrays)
    with pytest.raises(UserError, match=reason) as caught:
        Array(path=path, **options)
    assert path in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("", {}, "is empty"),
        ("a\n1\n2\n", {}, "no input columns beside the target"),
        ("a,b\n", {}, "header"),
        ("1,2,0\n3,1\n", {}, "line 2: 2 cells instead of 3"),
        ("a,b,c\n1,2,0\n3,?,1\n", {}, "line 3, column b: the cell is missing; data.missing=drop"),
        ("a,b,c\n1,2,0\n3,,1\n", {}, "line 3, column b: the cell is missing"),
        ("1,2,0\n3,nan,1\n", {}, "line 2, column 2: the cell is missing"),
        ("a,b,c\n1,2,0\n?,4,1\n3,?,0\n,5,1\n", {}, "line 3, column a: the cell is missing"),
        ("a,b,c\n1,2,0\n3,?,1\n?,4,0\n", {}, "line 3, column b: the cell is missing"),
        ("1,inf,0\n3,1,1\n", {}, "line 1, column '?2'?: .*inf"),
        ("1,2,0\n3,1,\n", {}, "line 2: the target is missing"),
        ("1,2,5.5\n3,1,nan\n", {}, "line 2: the target is missing"),
        ("alpha,beta,c\n1,2,0\n", {"target": "bta"}, "unknown column 'bta'; did you mean 'beta'"),
        (b"\xff\xfe,1\n", {}, "encoding"),
    ],
)
def test_tables_that_cannot_be_used(save, text, options, reason):
    path = save("a.csv", text)
    with pytest.raises(UserError, match=reason) as caught:
        Array(path=path, **options)
    assert path in str(caught.value)
    assert "\n" not in str(caught.value)


def test_truncated_files(save, tmp_path):
    for path in (save("a.npz", x=X, y=K), save("b.npy", X)):
        content = Path(path).read_bytes()
        for size in (0, 5, 60, len(content) // 2, len(content) - 1):
            Path(path).write_bytes(content[:size])
            with pytest.raises(UserError, match=f"{path} cannot be read: .+") as caught:
                Array(path=path)
            assert "\n" not in str(caught.value)


def test_pickles_are_not_opened(save, tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    path = save("a.npy", np.array([Trap()], dtype=object))
    with pytest.raises(UserError, match="never unpickled"):
        Array(path=path)
    assert not (tmp_path / "sprung").exists()


def test_npz_called_npy(save, tmp_path):
    path = Path(save("a.npz", x=X, y=K)).rename(tmp_path / "a.npy")
    assert str(Array(path=str(path)).spec) == "real vector of 3 -> classes(3)"


def test_npy_without_target(save):
    with pytest.raises(UserError, match=r"it must be \(N, F \+ 1\)"):
        Array(path=save("a.npy", X[:, 0]))


def test_file_names(save, tmp_path):
    save("iris.csv", "1,2\n")
    with pytest.raises(UserError, match=r"did you mean 'iris\.csv'"):
        Array(path=str(tmp_path / "iirs.csv"))
    with pytest.raises(UserError, match=r"unknown file extension '\.xls'"):
        Array(path=save("a.xls", "1,2\n"))
    with pytest.raises(UserError, match="is a folder"):
        Array(path=str(tmp_path))
    with pytest.raises(UserError, match="no file"):
        Array(path=str(tmp_path / "none" / "a.csv"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"task": "regresion"}, "did you mean 'regression'"),
        ({"val": 1.0}, "val is 1.0"),
        ({"test": -0.5}, "test is -0.5"),
    ],
)
def test_values_out_of_range(save, wrong, message):
    with pytest.raises(UserError, match=message):
        Array(path=save("a.npz", x=X, y=K), **wrong)


def test_ionosphere(real):
    data = Array(path=str(real("ionosphere.csv")))
    assert str(data.spec) == "real vector of 34 -> classes(2)"
    assert data.spec.labels == ("b", "g")
    y = torch.cat([part.y for part in data.splits.values()])
    assert y.bincount().tolist() == [126, 225]


def test_whole_numbers_of_pictures_are_one_thing_in_training_and_prediction(save):
    """Scikit-learn's digits are 0 to 16 in float; what training divides by, predictions divide by."""
    images = load_digits().images[:60]
    data = Array(path=save("d.npz", x=images, y=np.arange(60) % 2))
    assert "numbers divided by 16" in data.summary
    assert data.x.max() == 1
    assert torch.equal(data.preprocessing.encode(images).x, data.x)
    assert torch.equal(data.preprocessing.encode(images.astype(np.uint8)).x, data.x)
    bytes_ = Array(path=save("b.npz", x=images * 15, y=np.arange(60) % 2))
    assert torch.equal(bytes_.preprocessing.encode(images * 15).x, bytes_.x.float() / 255)


@pytest.mark.parametrize(("most", "divisor"), [(1, None), (2, 2), (99, 99), (100, 255), (255, 255), (256, None)])
def test_whole_numbers_of_pictures_are_divided_by_their_maximum_or_that_of_bytes(save, most, divisor):
    """Whole numbers up to 1 are in the range of the network, and those above 255 are no bytes."""
    x = np.zeros((20, 2, 3))
    x[::2, 1, 2] = most
    data = Array(path=save("a.npz", x=x, y=np.arange(20) % 2))
    assert (f"numbers divided by {divisor}" in data.summary) == (divisor is not None)
    found = data.preprocessing.encode(x).x
    torch.testing.assert_close(found[0, 0], torch.from_numpy(x[0]).float() / (divisor or 1))


def test_other_numbers_of_pictures_are_left_alone_in_predictions_too(save):
    x = X.reshape(10, 3, 4) * 3
    data = Array(path=save("a.npz", x=x, y=K[:10]))
    assert torch.equal(data.preprocessing.encode(x).x, data.x)
    assert torch.equal(data.preprocessing.encode(x[0]).x, data.x[:1])


@pytest.mark.parametrize(
    ("name", "cells"),
    [("date", [f"2020-01-{day:02}" for day in range(1, 31)]), ("customer_id", range(500, 530))],
)
def test_last_column_that_is_probably_not_the_target(save, name, cells):
    path = save("a.csv", f"a,{name}\n" + "\n".join(f"{i % 7}.5,{cell}" for i, cell in enumerate(cells)))
    with pytest.raises(UserError, match=rf"the last column, {name}, .* data.target=NAME"):
        Array(path=path)
    if name == "customer_id":
        assert Array(path=path, target=name).spec.target == "real"


def test_column_that_numbers_the_rows(save):
    path = save("a.csv", "nr,a,y\n" + "\n".join(f"{i + 1},{i % 7}.5,{i % 2}" for i in range(30)))
    with pytest.warns(DataWarning, match=r"column nr numbers the rows; data\.drop=\[nr\]"):
        Array(path=path)


def test_rows_without_a_target_are_dropped_from_arrays(save):
    y = np.where(np.arange(40) % 8 == 3, np.nan, X[:, 0])
    x = np.where(np.arange(120).reshape(40, 3) == 30, np.nan, X)
    with pytest.warns(DataWarning, match="6 of 40 rows have a missing cell"):
        data = Array(path=save("a.npz", x=x, y=y), missing="drop")
    assert sum(len(part.y) for part in data.splits.values()) == 34


@pytest.mark.parametrize(
    ("inputs", "standardize", "words"),
    [
        (["size", "weight"], True, "2 columns of numbers, standardized"),
        (["size"], True, "1 column of numbers, standardized"),
        (["size", "is_new", "is_red"], True, "3 columns of numbers, 1 standardized, 2 as they are"),
        (["size", "weight", "is_new"], True, "3 columns of numbers, 2 standardized, 1 as it is"),
        (["is_new", "is_red"], True, "2 columns of numbers, as they are"),
        (["is_new"], True, "1 column of numbers, as it is"),
        (["size", "is_new"], False, "2 columns of numbers, as they are"),
    ],
)
def test_the_summary_says_which_columns_are_standardized(inputs: list[str], standardize: bool, words: str) -> None:
    rows = np.arange(20)
    columns = {"size": rows / 7, "weight": 5.5 - rows, "is_new": rows % 2, "is_red": rows // 3 % 2}
    table = pd.DataFrame({name: columns[name] for name in inputs} | {"y": rows % 3})
    data = Array(path=None, source=table, standardize=standardize)
    assert f"20 rows; {words}; target" in data.summary


@pytest.mark.parametrize(
    ("cells", "low", "high"),
    [
        ([0.0, 0.5, 1.0], 0, 1),
        ([0.0, 0.5, 1.5], 0, float("inf")),
        ([-0.5, 0.5, 1.0], float("-inf"), float("inf")),
        ([0.25, 0.5, 0.75], 0, 1),
    ],
)
def test_the_range_of_the_inputs(save, cells, low, high):
    table = "a,y\n" + "".join(f"{cells[i % 3]},{i / 7}\n" for i in range(20))
    spec = Plain(path=save("a.csv", table)).spec
    assert (spec.low, spec.high) == (low, high)


def test_two_rows_are_not_numbered(save):
    """Two integers in a row are no sign that a column counts the rows."""
    data = Array(path=save("a.csv", "n,v,y\n3,0.5,1.5\n4,2.5,0.25\n"), val=0, test=0)
    assert data.spec.shape == (2,)
    with pytest.warns(DataWarning, match="column n numbers the rows"):
        Array(path=save("b.csv", "n,v,y\n3,0.5,1.5\n4,2.5,0.25\n5,0.5,1\n"), val=0, test=0)


def test_the_summary_names_the_target(save):
    table = "a,b,kind\n" + "".join(f"{i * i},{i % 5},{'xy'[i % 3 == 0]}\n" for i in range(30))
    data = Array(path=save("a.csv", table))
    assert "; target kind: 2 classes (x 20, y 10); " in data.summary
    assert "; target a, b: regression, standardized; " in Array(path=save("b.csv", table), target=["a", "b"]).summary
    assert "; target: 3 classes (0 14, 1 13, 2 13); " in Array(path=save("a.npz", x=X, y=K)).summary


def test_without_the_target(save):
    data = Plain(path=save("a.csv", "a,b,kind\n" + "".join(f"{i},{i * i},{'xy'[i % 2]}\n" for i in range(30))))
    data.remove_target()
    assert (data.spec.target, data.original_spec.target) == ("none", "classes")
    assert "; no target; kind left out; " in data.summary
    data = Plain(path=save("a.npz", x=X, y=K))
    data.use_input_as_target()
    assert (data.spec.target, data.unsupervised) == ("input", True)
    assert "; target: the input; " in data.summary


def test_a_text_is_not_a_table(tmp_path: Path) -> None:
    path = tmp_path / "tale.txt"
    path.write_text("The owl and the fox\nThe fox sees the owl\n" * 5)
    with pytest.raises(UserError, match=r"tale\.txt has no input columns .*; a text is data=corpus data\.path="):
        Array(path=str(path))


def test_data_sets_that_are_read_once_are_those_that_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "small.csv"
    path.write_text("a,b,kind\n" + "".join(f"{row * 7 % 30},{row % 3},{'xy'[row % 2]}\n" for row in range(30)))
    with reading_once():
        shared = [Array(path=str(path), seed=seed) for seed in (0, 1, 0)]
    for seed, data in zip((0, 1, 0), shared, strict=True):
        again = Array(path=str(path), seed=seed)
        assert (data.spec, data.summary, data.digest) == (again.spec, again.summary, again.digest)
        for split, expected in again.splits.items():
            assert_close(data.splits[split].x, expected.x, rtol=0, atol=0)
            assert_close(data.splits[split].y, expected.y, rtol=0, atol=0)
    assert shared[0].splits["train"].base.x is shared[2].splits["train"].base.x
