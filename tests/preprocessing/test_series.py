import json
from dataclasses import replace

import numpy as np
import pandas as pd
import polars
import pytest
import torch
from nnzoo.errors import DataWarning, UserError
from nnzoo.files.tables import TableOptions
from nnzoo.preprocessing import series as module
from nnzoo.preprocessing.record import Record, RecordOptions
from nnzoo.preprocessing.series import SeriesPreprocessing, fitted_options
from nnzoo.preprocessing.times import Frequency


def made(**changes):
    settings = {"steps": 3, "horizon": 1, "every_step": False, "mean": (1.0,), "scale": (2.0,)}
    return SeriesPreprocessing(**{**settings, **changes})


def column(*numbers):
    return np.array(numbers, dtype=float)[:, None]


def dated(values, first="2020-12-27", alias="D"):
    return pd.DataFrame({"v": values}, index=pd.date_range(first, periods=len(values), freq=alias))


def ramp(slope, preprocessing):
    """Return a network that forecasts an increase of `slope` per row."""
    step = slope * preprocessing.horizon / preprocessing.scale[0]

    def forecast(x):
        assert x.dtype == torch.float32
        assert x.shape[1:] == (preprocessing.steps, 1)
        return x + step if preprocessing.every_step else x[:, -1] + step

    return forecast


def test_windows_and_the_rows_they_forecast():
    found = made(horizon=2).encode(dated([1.0, 3, 5, 7, 9, 11]))
    assert found.x[..., 0].tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]
    # by hand: the first window ends on the 29th, two days before the 31st; two windows reach beyond the end
    assert found.names == {"time": ["2020-12-31", "2021-01-01", "2021-01-02", "2021-01-03"]}
    assert found.mask is None


@pytest.mark.parametrize(
    "raw",
    [
        np.arange(6),
        np.arange(6.0)[:, None],
        torch.arange(6),
        list(range(6)),
        {"v": range(6)},
        pd.Series(range(6)),
        polars.DataFrame({"v": range(6)}),
        polars.Series(range(6)),
    ],
)
def test_a_series_without_times(raw):
    found = made().encode(raw)
    assert found.x[..., 0].tolist() == [[s / 2 - 0.5, s / 2, s / 2 + 0.5] for s in range(4)]
    assert list(found.names["index"]) == [3, 4, 5, 6]


def test_windows_share_the_memory_of_the_series():
    x = made(steps=100).encode(np.arange(10000.0)).x
    assert x.untyped_storage().nbytes() == 4 * 10000


def test_scaling_is_in_double_precision():
    seconds = 1e9 + np.arange(6) / 2
    assert made(mean=(1e9,), scale=(0.5,)).encode(seconds).x[0, :, 0].tolist() == [0, 1, 2]


def test_given_windows():
    windows = np.arange(12.0).reshape(4, 3, 1)
    found = made().encode(windows)
    assert torch.equal(found.x, torch.from_numpy((windows - 1) / 2).float())
    assert list(found.names["index"]) == [0, 1, 2, 3]
    with pytest.raises(UserError, match=r"has shape \(4, 3, 1\); windows of the network are \(B, 5, 1\)"):
        made(difference=2).encode(windows)
    with pytest.raises(UserError, match="not finite"):
        made().encode(np.where(windows > 3, np.inf, windows))


@pytest.mark.parametrize("every_step", [False, True])
@pytest.mark.parametrize(("log", "difference", "horizon"), [(False, 0, 2), (True, 0, 1), (False, 3, 2), (True, 2, 2)])
def test_decode_inverts_the_scaling_of_targets(log, difference, horizon, every_step):
    """A forecast without error is decoded to the later row, for all transformations of the series."""
    values = np.random.default_rng(0).uniform(1, 9, size=(20, 2))
    preprocessing = made(
        mean=(1.0, -2.0),
        scale=(2.0, 0.5),
        log=log,
        difference=difference,
        horizon=horizon,
        every_step=every_step,
    )
    inputs = preprocessing.encode(values)
    levels = np.log(values) if log else values
    changes = levels[difference:] - levels[:-difference] if difference else levels
    scaled = (changes - [1, -2]) / [2, 0.5]
    rows = np.array([[s + t + horizon for t in range(3)] for s in range(len(inputs.x) - horizon)])
    truth, wanted = scaled[rows], values[rows + difference]
    if not every_step:
        truth, wanted = truth[:, -1], wanted[:, -1]
    known = inputs.rows(0, len(rows))
    assert np.allclose(preprocessing.decode(truth, known), wanted, rtol=1e-12)
    assert list(known.names["index"]) == (rows[:, -1] + difference).tolist()
    given = preprocessing.encode(np.stack([values[s : s + 3 + difference] for s in range(len(rows))]))
    assert torch.allclose(given.x, known.x)
    assert np.allclose(preprocessing.decode(truth, given), wanted, rtol=1e-12)


def test_changes_from_unknown_values_stay_changes():
    preprocessing = made(difference=1, horizon=2, log=True)
    inputs = preprocessing.encode(np.arange(1.0, 9))
    with pytest.warns(DataWarning, match="stay changes of logarithms; data.horizon=1 or less"):
        assert preprocessing.decode(column(0.0, 1.0), inputs).tolist() == [[1], [3]]


@pytest.mark.parametrize("every_step", [False, True])
@pytest.mark.parametrize("horizon", [1, 2, 5])
@pytest.mark.parametrize(
    ("alias", "first", "following"),
    [
        ("D", "2020-12-20", ["2020-12-30", "2020-12-31", "2021-01-01"]),
        ("B", "2020-12-17", ["2020-12-31", "2021-01-01", "2021-01-04"]),
        ("MS", "2020-02-01", ["2020-12-01", "2021-01-01", "2021-02-01"]),
        ("ME", "2020-02-29", ["2020-12-31", "2021-01-31", "2021-02-28"]),
        ("QE", "2018-06-30", ["2020-12-31", "2021-03-31", "2021-06-30"]),
    ],
)
def test_continue_a_ramp(horizon, every_step, alias, first, following):
    preprocessing = made(horizon=horizon, every_step=every_step)
    raw = dated(np.arange(10.0) * 3 + 4, first, alias)
    times, values = preprocessing.continue_series(ramp(3, preprocessing), raw, 3)
    assert times == following
    assert values == pytest.approx(column(34, 37, 40))


@pytest.mark.parametrize("horizon", [1, 3])
def test_continue_a_season_with_logarithms_and_differences(horizon):
    """Passengers increase by 2 % a year: the change of the logarithm over 12 months is constant."""
    season = np.tile(np.array([1.0, 3, 2, 5, 4, 7, 6, 9, 8, 4, 3, 2]), 5)
    values = season * 1.02 ** np.arange(60)
    preprocessing = made(mean=(12 * np.log(1.02),), scale=(1.0,), log=True, difference=12, horizon=horizon)
    index = pd.period_range("1949-01", periods=48, freq="M")
    raw = pd.Series(values[:48], index=index)
    times, ahead = preprocessing.continue_series(lambda x: 0 * x[:, -1], raw, 12)
    assert times[0] == "1953-01-01"
    assert times[-1] == "1953-12-01"
    assert ahead[:, 0] == pytest.approx(values[48:])


def test_forecasts_are_used_as_inputs():
    preprocessing = made(steps=2, mean=(0.0,), scale=(1.0,))
    times, values = preprocessing.continue_series(lambda x: x.sum(1), [1, 1], 6)
    assert values[:, 0].tolist() == [2, 3, 5, 8, 13, 21]  # Fibonacci
    assert list(times) == [2, 3, 4, 5, 6, 7]


def test_continue_series_refuses_short_series():
    with pytest.raises(UserError, match="length is 0"):
        made().continue_series(lambda x: x[:, -1], np.arange(9), 0)
    with pytest.raises(UserError, match="the series has 4 rows; the network needs 5"):
        made(horizon=3).continue_series(lambda x: x[:, -1], np.arange(4), 1)


@pytest.fixture
def preprocessing():
    options = RecordOptions(columns=("a", "b"), time="day", table=TableOptions(missing_values=("x",)))
    return made(mean=(0.0, 0.0), scale=(1.0, 2.0), options=options, frequency=Frequency("business day"))


def test_to_dict_round_trip(preprocessing):
    for each in (preprocessing, made(log=True, difference=2)):
        plain = json.loads(json.dumps(each.to_dict()))
        assert plain.pop("kind") == "series"
        assert SeriesPreprocessing.from_dict(plain) == each


def test_columns_are_found_by_name(preprocessing):
    days = ["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"]
    frame = pd.DataFrame({"b": [2.0, 4, 6, 8], "c": "?", "day": days, "a": [1.0, 2, 3, 4]})
    found = preprocessing.encode(frame)
    assert found.x[0].tolist() == [[1, 1], [2, 2], [3, 3]]
    assert found.names == {"time": ["2020-01-07", "2020-01-08"]}
    assert preprocessing.headings == ["prediction_a", "prediction_b"]
    without = preprocessing.encode(frame[["a", "b"]])
    assert torch.equal(without.x, found.x)
    assert list(without.names["index"]) == [3, 4]
    with pytest.raises(UserError, match="unknown column 'a'"):
        preprocessing.encode(frame[["b", "day"]])
    assert torch.equal(preprocessing.encode(frame[["a", "b"]].to_numpy()).x, found.x)  # in the network's order


def test_frequency_of_training_is_used_if_the_rows_have_it(preprocessing):
    """Monday to Friday alone would have a daily frequency."""
    week = pd.DataFrame({"a": range(5), "b": range(5), "day": pd.date_range("2020-01-06", periods=5)})
    assert preprocessing.encode(week).names["time"][-1] == "2020-01-13"
    assert replace(preprocessing, frequency=None).encode(week).names["time"][-1] == "2020-01-11"
    week["day"] = pd.date_range("2020-01-06", periods=5, freq="2D")
    assert preprocessing.encode(week).names["time"][-1] == "2020-01-16"


def test_rows_are_sorted_by_time():
    raw = dated(np.arange(6.0))
    assert torch.equal(made().encode(raw[::-1]).x, made().encode(raw).x)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (np.arange(2), "the series has 2 rows; the network needs 3"),
        (np.ones((5, 2)), r"the input has 2 series \(1, 2\); the network forecasts 1"),
        (pd.DataFrame({"u": range(5), "v": range(5)}), r"the input has 2 series \(u, v\); the network forecasts 1"),
        (np.array([1, 2, np.nan, 4]), "row 3, column 1: the number is missing; .* (settings of the training run)"),
        (np.array(["a", "b", "c"]), "of type <U1; it must be numbers"),
        (np.ones((2, 2, 2, 2)), r"is \(2, 2, 2, 2\); it must be \(N,\) or \(N, F\)"),
        (np.ones(0), r"is \(0,\)"),
        ([[1], [2, 3]], "no array of numbers"),
        (
            dated(range(9)).drop(index=pd.Timestamp("2020-12-30")),
            "row 4: 2020-12-31 comes after .* 1 time is",
        ),
    ],
)
def test_unsuitable_input_is_refused(raw, message):
    with pytest.raises(UserError, match=message.replace("(settings", r"\(settings").replace("run)", r"run\)")):
        made().encode(raw)


def test_logarithm_of_a_nonpositive_number_is_refused():
    with pytest.raises(UserError, match=r"2020-12-29, column v: 0 has no logarithm; the network takes numbers above 0"):
        made(log=True).encode(dated([3.0, 2, 0, 1]))


def test_files_in_pieces(tmp_path, monkeypatch):
    path = tmp_path / "new.csv"
    path.write_text("day,v\n" + "".join(f"2020-12-{20 + i},{i}\n" for i in range(10)))
    whole = made(horizon=2).encode(pd.read_csv(path))
    monkeypatch.setattr(module, "PIECE", 9)
    pieces = list(made(horizon=2).read(path))
    assert [len(piece.x) for piece in pieces] == [3, 3, 2]
    assert torch.equal(torch.cat([piece.x for piece in pieces]), whole.x)
    assert [time for piece in pieces for time in piece.names["time"]] == whole.names["time"]
    assert whole.names["time"][-1] == "2020-12-31"
    np.save(tmp_path / "new.npy", np.arange(10))
    assert torch.equal(torch.cat([piece.x for piece in made().read(tmp_path / "new.npy")]), made().encode(range(10)).x)


def test_changes_in_pieces(tmp_path, monkeypatch):
    preprocessing = made(difference=1)
    np.save(tmp_path / "new.npy", np.arange(10.0) ** 2)
    monkeypatch.setattr(module, "PIECE", 9)
    decoded = [preprocessing.decode(np.zeros((len(p.x), 1)), p) for p in preprocessing.read(tmp_path / "new.npy")]
    assert np.concatenate(decoded)[:, 0].tolist() == [n**2 + 1 for n in range(3, 10)]  # mean 1 above the row before


def test_scaling_is_differentiable():
    x = torch.ones(4, 1, requires_grad=True)
    made().scaled(x).sum().backward()
    assert x.grad.tolist() == [[0.5]] * 4
    with pytest.raises(UserError, match="changes over 2 rows"):
        made(difference=2).scaled(x)


def test_the_scaling_keeps_the_differences_of_large_numbers():
    x = torch.tensor([[1.7e9 + 3]], dtype=torch.float64)
    assert made(mean=(1.7e9 + 1,), scale=(1.0,)).scaled(x).tolist() == [[2]]


def test_features_without_names_are_numbered():
    two = made(mean=(0.0, 0.0), scale=(1.0, 1.0))
    assert two.features == ("1", "2")
    assert two.headings == ["prediction_1", "prediction_2"]
    assert made().headings == ["prediction"]


def test_the_smallest_pieces_have_one_window(tmp_path, monkeypatch):
    np.save(tmp_path / "new.npy", np.arange(12.0).reshape(6, 2))
    two = made(mean=(0.0, 0.0), scale=(1.0, 1.0))
    for values, sizes in ((1, [1, 1, 1, 1]), (12, [2, 2]), (17, [2, 2]), (18, [3, 1])):
        monkeypatch.setattr(module, "PIECE", values)
        assert [len(piece.x) for piece in two.read(tmp_path / "new.npy")] == sizes


def test_files_of_another_format(tmp_path):
    (tmp_path / "new.csv").write_text("v|w\n" + "".join(f"{i},5|{i}\n" for i in range(4)))
    two = made(mean=(0.0, 0.0), scale=(1.0, 1.0)).reading({"separator": "|", "decimal": ","})
    assert two.options.table == TableOptions(separator="|", decimal=",")
    (found,) = two.read(tmp_path / "new.csv")
    assert found.x[0].tolist() == [[0.5, 0], [1.5, 1], [2.5, 2]]


def test_the_shortest_series_has_one_window():
    assert made().encode([1.0, 3, 5]).x.tolist() == [[[0], [1], [2]]]
    _, values = made(horizon=2).continue_series(lambda x: x[:, -1], [1.0, 3, 5, 7], 1)
    assert values.tolist() == [[5]]  # of the window that ends two rows before


def test_a_time_without_a_frequency_is_not_continued():
    found = made(steps=1).encode(dated([3.0]))
    assert {name: list(rows) for name, rows in found.names.items()} == {"index": [1]}


def test_the_row_without_a_logarithm():
    with pytest.raises(UserError, match=r"^row 3, column 1: -2 has no logarithm"):
        made(log=True).encode([3.0, 1, -2, 0])


def test_the_options_for_further_series():
    given = RecordOptions(drop=("c",), sort=True, gaps="keep", missing="interpolate")
    record = Record(
        values=np.ones((3, 2)), names=("b", "a"), time="day", date_format="%d.%m.%Y", written=TableOptions(decimal=",")
    )
    assert fitted_options(given, record) == RecordOptions(
        columns=("b", "a"),
        time="day",
        date_format="%d.%m.%Y",
        sort=True,
        gaps="keep",
        missing="interpolate",
        written=TableOptions(decimal=","),
    )
    unnamed = replace(record, named=False, names=("1", "2"), time=None)
    numbered = RecordOptions(columns=(2, 1), drop=(3,), time=4)
    assert fitted_options(numbered, unnamed) == replace(
        numbered, date_format="%d.%m.%Y", written=TableOptions(decimal=",")
    )
