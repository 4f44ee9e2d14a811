import numpy as np
import pytest
from nnzoo.data.series import Series
from nnzoo.errors import UserError

from .test_contract import fits

VALUES = np.random.default_rng(0).normal(size=(200, 2))


@pytest.fixture
def save(tmp_path):
    def write(name, content):
        path = tmp_path / name
        if isinstance(content, np.ndarray):
            np.save(path, content)
        elif isinstance(content, dict):
            np.savez(path, **content)
            path = path.rename(path.with_suffix(""))
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def lines(*header):
    return "\n".join([*header, *(f"{a!r},{b!r}" for a, b in VALUES.tolist())])


@pytest.mark.parametrize("header", [[], ["a,b"], ["\ufeffa, b"]])
def test_table(save, header):
    data = Series(path=save("a.csv", lines(*header)), steps=10)
    assert np.array_equal(data.series(), VALUES)
    assert data.spec.shape == (2,)
    assert data.spec.target_size == 2
    fits(data.spec, next(iter(data.train_loader())))


def test_table_without_its_dates(save):
    rows = [f"day {i},{a!r},{b!r}" for i, (a, b) in enumerate(VALUES.tolist())]
    path = save("a.csv", "\n".join(["when,a,b", *rows]))
    assert np.array_equal(Series(path=path, time="when").series(), VALUES)
    with pytest.raises(UserError, match="line 2, column when: 'day 0' is not a finite number"):
        Series(path=path)


@pytest.mark.parametrize("text", ["1\n2.5\n\n-3\n", "\ufeffpassengers\n1\n2.5\n-3", '"n"\r\n"1"\r\n2.5\r\n -3 \r\n'])
def test_a_number_a_line(save, text):
    assert Series(path=save("a.csv", text)).series().tolist() == [[1], [2.5], [-3]]


@pytest.mark.parametrize("shape", [(200,), (200, 1), (100, 4)])
def test_npy(save, shape):
    values = np.arange(np.prod(shape)).reshape(shape)
    series = Series(path=save("a.npy", values)).series()
    assert np.array_equal(series, values.reshape(shape[0], -1))
    assert series.dtype == np.float64


@pytest.mark.parametrize(
    ("name", "content", "options", "reason"),
    [
        ("a.npy", VALUES[:, :, None], {}, r"is \(200, 2, 1\); it must be \(N,\) or \(N, F\)"),
        ("a.npy", VALUES[:0], {}, r"is \(0, 2\)"),
        ("a.npy", np.where(VALUES > 2, np.nan, VALUES), {}, r"the series\[\d+, \d\] is nan"),
        ("a.npy", VALUES.astype(str), {}, "of type <U"),
        ("a.npy", VALUES, {"time": "day"}, "no column 'day'; leave time out"),
        ("a.npy.npz", {"a": VALUES}, {}, "several arrays"),
        ("a.csv", "", {}, "has no numbers"),
        ("a.csv", "n\n", {}, "has no numbers"),
        ("a.csv", "n\n1\nm\n", {}, "line 3: 'm' is not a number"),
        ("a.csv", "1\nnan\n", {}, r"the series\[1, 0\] is nan"),
        ("a.csv", b"1\n\xff\n", {}, "cannot be read as a table"),
        ("a.csv", "1,2\n3,day\n", {}, "'2' in the last column is no number; time="),
        ("a.csv", "1,2\n3,nan\n", {}, r"the series\[1, 1\] is nan"),
        ("a.csv", "day,n\n1,2\n", {"time": "dya"}, "unknown column 'dya'; did you mean 'day'"),
        ("a.txt", "1\n", {}, r"unknown kind of file '\.txt'; one of: \.csv, \.npy"),
    ],
)
def test_files_that_cannot_be_used(save, name, content, options, reason):
    path = save(name, content)
    with pytest.raises(UserError, match=reason) as caught:
        Series(path=path, **options)
    assert path in str(caught.value)
    assert "\n" not in str(caught.value)


def test_too_short(save):
    with pytest.raises(UserError, match="val has 10 of the 100 values; steps=50 and horizon=1 need 51"):
        Series(path=save("a.npy", VALUES[:100]), test=0.2).splits  # noqa: B018


def test_missing_file(save, tmp_path):
    save("sales.csv", "1\n")
    with pytest.raises(UserError, match=r"did you mean 'sales\.csv'"):
        Series(path=str(tmp_path / "salse.csv"))
