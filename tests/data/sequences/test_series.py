import warnings

import numpy as np
import pandas as pd
import polars
import pytest
import torch
from nnzoo.data.sequences.series import Series
from nnzoo.errors import DataWarning, UserError

from tests.support.contract import fits

VALUES = np.random.default_rng(0).normal(size=(200, 2))
DAYS = pd.date_range("2020-01-01", periods=200).strftime("%Y-%m-%d")


@pytest.fixture
def read(save):
    """The series of a .csv file with these lines."""

    def made(*lines, **settings):
        return Series(path=save("a.csv", "\n".join(lines) + "\n"), **settings)

    return made


def lines(*header):
    return "\n".join([*header, *(f"{a!r},{b!r}" for a, b in VALUES.tolist())])


def rows(values, days=DAYS):
    return [f"{day},{value}" for day, value in zip(days, values, strict=False)]


@pytest.mark.parametrize("header", [[], ["a,b"], ["\ufeffa, b"]])
def test_table(save, header):
    data = Series(path=save("a.csv", lines(*header)), steps=10)
    assert np.array_equal(data.series(), VALUES)
    assert data.spec.shape == (2,)
    assert data.spec.target_size == 2
    fits(data.spec, next(iter(data.train_loader())))


@pytest.mark.parametrize("text", ["1\n2.5\n\n-3\n", "\ufeffpassengers\n1\n2.5\n-3", '"n"\r\n"1"\r\n2.5\r\n -3 \r\n'])
def test_a_number_a_line(save, text):
    assert Series(path=save("a.csv", text)).series().tolist() == [[1], [2.5], [-3]]


@pytest.mark.parametrize("shape", [(200,), (200, 1), (100, 4)])
@pytest.mark.parametrize("archive", [None, "series", "x"])
def test_arrays(save, shape, archive):
    values = np.arange(np.prod(shape)).reshape(shape)
    content = {"y": values[:2], "x": values} if archive == "x" else {"series": values}
    path = save("a.npy", values) if archive is None else save("a.npz", **content)
    series = Series(path=path).series()
    assert np.array_equal(series, values.reshape(shape[0], -1))
    assert series.dtype == np.float64


def test_targets_and_inputs_in_units(save):
    """What training reads, what `predict` makes of the same file, and what metrics are told belong together."""
    values = VALUES * [100, 0.01] + [1e6, 5]
    data = Series(path=save("a.npy", values), steps=5, horizon=3)
    train = values[:140]
    assert data.spec.target_mean == tuple(train.mean(0))
    assert data.spec.target_scale == tuple(train.std(0))
    split = data.splits["train"]
    assert torch.allclose(data.spec.in_units(split.y)[0], torch.from_numpy(values[3:8]), rtol=1e-6)
    inputs = data.preprocessing.encode(values)
    assert torch.equal(inputs.x[: len(split.x)], split.x)
    forecast = data.preprocessing.decode(split.y.numpy(), inputs.rows(0, len(split.x)))
    assert np.allclose(forecast[-1, -1], values[inputs.names["index"][len(split.x) - 1]], rtol=1e-6)


def test_dates_are_found(read):
    data = read("b,when,a", *(f"{i},{day},{2 * i}" for i, day in enumerate(DAYS)), steps=5)
    assert data.values[:3].tolist() == [[0, 0], [1, 2], [2, 4]]
    assert data.summary == (
        "a.csv: 200 rows of 2 series (b, a) by column when, daily from 2020-01-01 to 2020-07-18; values standardized "
        "by the training part"
    )
    names = data.preprocessing.encode(pd.DataFrame({"a": range(5), "b": range(5), "when": DAYS[:5]})).names
    assert names == {"time": ["2020-01-06"]}


def test_one_row_is_continued_with_the_frequency_of_training(read):
    """A single date has no frequency of its own."""
    data = read("when,v", *(f"{2019 + n // 12}-{n % 12 + 1:02}-01,{n * n % 7}" for n in range(24)), steps=1)
    found = data.preprocessing.encode(pd.DataFrame({"when": ["2021-03-01"], "v": [2.0]}))
    assert found.names == {"time": ["2021-04-01"]}


def test_summary_of_one_series(read):
    data = read("date;v;note", *(f"{day};{i};?" for i, day in enumerate(DAYS)), drop=["note"])
    assert data.summary == (
        "a.csv: 200 rows of 1 series (v) by column date, daily from 2020-01-01 to 2020-07-18; left out: note; values "
        "standardized by the training part (mean 69.5, sd 40.41)"
    )


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, [[1, 2, 3]]),
        ({"drop": ["b"]}, [[1, 3]]),
        ({"columns": ["c", "a"]}, [[3, 1]]),
        ({"columns": [4, 2]}, [[3, 1]]),
        ({"drop": [2, "c"], "time": "when"}, [[2]]),
    ],
)
def test_columns(read, settings, wanted):
    data = read("when,a,b,c", "2020-01-01,1,2,3", "2020-01-02,3,5,9", **settings)
    assert data.values[:1].tolist() == wanted
    assert data.record.time == "when"


def test_cells_of_a_dropped_column_do_not_matter(read):
    lines = ["when,v,w", "2020-01-01,1,5", "2020-01-02,2,six", "2020-01-03,3,7"]
    for settings in ({"drop": ["w"]}, {"columns": ["v"]}, {"drop": [3]}):
        data = read(*lines, **settings)
        assert data.values.tolist() == [[1], [2], [3]]
        assert data.record.left_out == ("w",)
        assert data.record.time == "when"


def test_text_beside_chosen_columns_does_not_matter(read):
    assert read("shop,v", "Rome,1", "Oslo,2", columns=["v"]).values.tolist() == [[1], [2]]


def test_an_index_without_a_name_is_left_out(save):
    path = save("a.csv", pd.DataFrame({"v": [5, 6, 9]}).to_csv())
    data = Series(path=path)
    assert data.values.tolist() == [[5], [6], [9]]
    assert "left out: column 1" in data.summary


def test_an_index_from_r_is_left_out(read):
    data = read('"","v"', *(f'"{row}",{value}' for row, value in enumerate([5, 6, 9, 4, 4, 7], 1)))
    assert data.values[:, 0].tolist() == [5, 6, 9, 4, 4, 7]


def test_column_that_numbers_the_rows_is_reported(read):
    lines = ["v,nr", "5,2000", "7,2001", "6,2002"]
    with pytest.warns(DataWarning, match=r"column nr increases evenly .* data.time=nr .* data.drop=\[nr\]"):
        read(*lines)
    assert read(*lines, time="nr").record.times.texts() == [2000, 2001, 2002]
    assert read(*lines, drop=["nr"]).values.tolist() == [[5], [7], [6]]


SECONDS = pd.date_range("2020-02-28T22:00", periods=4, freq="h")


@pytest.mark.parametrize(
    ("name", "times", "following"),
    [
        ("date", [20150129, 20150130, 20150131], "2015-02-01"),
        ("Order_Date", [20160225, 20160226, 20160227, 20160228], "2016-02-29"),
        ("orderDate", [18991230, 18991231, 19000101], "1900-01-02"),
        ("month", [201510, 201511, 201512], "2016-01-01"),
        ("datetime", [2020022822, 2020022823, 2020022900], "2020-02-29T01:00:00"),
        ("time", [202012312358, 202012312359, 202101010000], "2021-01-01T00:01:00"),
        ("timestamp", [20201231235958, 20201231235959, 20210101000000], "2021-01-01T00:00:01"),
        *(
            ("ts", (SECONDS.as_unit(unit).astype("int64")).tolist(), "2020-02-29T02:00:00")
            for unit in ("s", "ms", "us", "ns")
        ),
        ("year", [1700, 1701, 1702], 1703),
        ("JAHR", [2001, 2002, 2003], 2004),
        ("t", [0, 1, 2], 3),
        ("t", [0.0, 0.5, 1.0], 1.5),
        ("time", [1949.0, 1949.0833333, 1949.1666667, 1949.25], 1949.3333333),
        ("date", [20150129.0, 20150130.0, 20150131.0], "2015-02-01"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_numbers_called_like_times_are_the_times(read, name, times, following, first):
    values = [5, 7, 4, 8][: len(times)]
    pairs = zip(times, values, strict=True)
    lines = [f"{name},v", *(f"{a},{b}" for a, b in pairs)]
    if not first:
        lines = [",".join(reversed(line.split(","))) for line in lines]
    data = read(*lines, steps=1)
    assert data.values[:, 0].tolist() == values
    assert (data.record.names, data.record.time) == (("v",), name)
    assert f"by column {name}, " in data.summary
    record = data.fit(np.zeros(1), np.ones(1)).record(data.path)  # as a network goes on with the file
    assert record.times.texts() == data.record.times.texts()
    found = record.times.continued(record.frequency, 1).texts()[-1]
    assert found == (following if isinstance(following, str) else pytest.approx(following, abs=1e-3))


def test_numbers_called_like_times_out_of_order(read):
    lines = ["date,v", "20150131,3", "20150130,2", "20150129,1"]
    with pytest.raises(UserError, match=r"line 2: the newest time, 2015-01-31, .* data.sort=true"):
        read(*lines)
    assert read(*lines, sort=True).values.tolist() == [[1], [2], [3]]
    with pytest.raises(UserError, match=r"line 4: 2003 comes after 2001, .* data.gaps"):
        read("year,v", "2000,1", "2001,5", "2003,2", "2004,4")


@pytest.mark.parametrize(
    ("header", "columns", "message"),
    [
        (
            "year,month,v",
            [[2000, 2000, 2001], [11, 12, 1]],
            r"columns year, month are parts .* data.drop=\[year,month\]",
        ),
        ("Jahr,Tag,v,Monat", [[2000] * 3, [1, 2, 3], [5, 4, 9], [1] * 3], "Jahr, Tag, Monat are parts"),
        (
            "year,date,v",
            [[2000, 2001, 2002], [20000101, 20010101, 20020101]],
            "columns year, date have names of times.*data.time=year",
        ),
        ("year,v", [[2000, 2000, 2001]], r"column year can be .*data.time=year .*data.drop=.*data.columns=\[year,v\]"),
        ("v,sales_month", [[5, 9, 2], [3, 5, 11]], "column sales_month can be"),
        ("index,v", [[3, 5, 7, 9, 11]], "column index can be the times or one of the series; data.time=index"),
        ("index,v", [[5, 4, 3, 2, 1]], "column index can be"),
    ],
)
def test_numbers_that_may_be_times(read, header, columns, message):
    names = header.split(",")
    columns = [*columns, [4, 8, 5, 1, 2]][: len(names)]
    lines = [header, *(",".join(map(str, row)) for row in zip(*columns, strict=False))]
    with pytest.raises(UserError, match=message) as caught:
        read(*lines)
    assert "\n" not in str(caught.value)
    assert read(*lines, columns=names).values.shape[1] == len(names)


@pytest.mark.parametrize("header", ["date", "a,hour", "index,nr", "day_ahead,v"])
def test_numbers_that_are_series(read, header):
    """A single column, hours of days, and columns that all count."""
    columns = {"hour": [22, 23, 0, 1, 2], "v": [4, 8, 5, 1, 2], "a": [3, 1, 4, 1, 5], "day_ahead": [30, 40, 35, 20, 25]}
    table = [columns.get(name, [1, 2, 3, 4, 5]) for name in header.split(",")]
    lines = [header, *(",".join(map(str, row)) for row in zip(*table, strict=True))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        assert read(*lines).values.T.tolist() == table


def test_hints_at_settings_of_tables_are_left_out(read):
    for lines in (["v,w", "1,2", "3,x"], ["v,w", "1,12345678901234567", "3,0.5"]):
        with pytest.raises(
            UserError, match=r"line \d, column 'w'.*data.drop=\[w\] leaves (it|the column) out$"
        ) as caught:
            read(*lines)
        assert "categorical" not in str(caught.value)


def test_a_folder(tmp_path):
    with pytest.raises(UserError, match=r"is a folder, .* nnzoo train -m data=series data.path=a.csv,b.csv"):
        Series(path=str(tmp_path))


@pytest.mark.parametrize(
    ("lines", "settings"),
    [
        (["1,5", "2,5", "3,5"], {"decimal": ","}),
        (["v", "1,5", "2,5", "3,5"], {"separator": ";"}),
        (["date;v", "01.02.2020;1,5", "02.02.2020;2,5", "03.02.2020;3,5"], {"date_format": "%d.%m.%Y"}),
        (["date\tv", "2020-02-01\t1.5", "2020-02-02\t2.5", "2020-02-03\t3.5"], {}),
        (["2020-02-01;1,5", "2020-02-02;2,5", "2020-02-03;3,5"], {}),
        (["date,v", '2020-02-01,"1,5"', '2020-02-02,"2,5"', '2020-02-03,"3,5"'], {"decimal": ","}),
    ],
)
def test_decimal_commas_and_separators(read, lines, settings):
    assert read(*lines, **settings).values.tolist() == [[1.5], [2.5], [3.5]]


def test_a_decimal_comma_or_two_columns(read):
    lines = [f"{20 + i % 7},{10 + i % 90}" for i in range(200)]
    with pytest.raises(UserError, match=r"a\.csv, line 1: is it two whole numbers, or one number with a decimal comma"):
        read(*lines)
    assert read(*lines, separator=",").values.shape == (200, 2)
    assert read(*lines, decimal=",").values[:2].tolist() == [[20.10], [21.11]]


@pytest.mark.parametrize(
    ("times", "settings", "texts"),
    [
        (["2020-01-03", "2020-01-02", "2020-01-01"], {"sort": True}, ["2020-01-01", "2020-01-02", "2020-01-03"]),
        (["20200131", "20200201", "20200202"], {"time": "t"}, ["2020-01-31", "2020-02-01", "2020-02-02"]),
        (
            ["202011", "202012", "202101"],
            {"time": "t", "date_format": "%Y%m"},
            ["2020-11-01", "2020-12-01", "2021-01-01"],
        ),
        (["30.01.2020", "31.01.2020", "01.02.2020"], {}, ["2020-01-30", "2020-01-31", "2020-02-01"]),
        (
            ["01/02/2020", "02/02/2020", "03/02/2020"],
            {"date_format": "%d/%m/%Y"},
            ["2020-02-01", "2020-02-02", "2020-02-03"],
        ),
        (["2020-01", "2020-02", "2020-03"], {}, ["2020-01-01", "2020-02-01", "2020-03-01"]),
        (["2020Q1", "2020Q2", "2020Q3"], {}, ["2020-01-01", "2020-04-01", "2020-07-01"]),
        (["2020-01-02", "2020-01-03", "2020-01-06"], {}, ["2020-01-02", "2020-01-03", "2020-01-06"]),
        (["0.5", "1.0", "1.5"], {"time": 1}, [0.5, 1.0, 1.5]),
        (["0.5", "1.0", "9.5"], {"time": "t", "gaps": "keep"}, [0.5, 1.0, 9.5]),
        (
            ["2020-01-01T10:00+01:00", "2020-01-01T11:00+01:00"],
            {},
            ["2020-01-01T10:00:00+01:00", "2020-01-01T11:00:00+01:00"],
        ),
    ],
)
def test_times(read, times, settings, texts):
    data = read("t,v", *rows([1, 2, 4], times), **settings)
    found = data.record.times.texts()
    assert found == texts
    assert data.values[:, 0].tolist() == ([4, 2, 1] if settings.get("sort") else [1, 2, 4][: len(times)])


def test_gaps_are_kept_or_filled_in(read):
    lines = ["date,v,w", "2020-01-01,1,0", "2020-01-02,2,0", "2020-01-05,8,3", "2020-01-06,9,1"]
    assert read(*lines, gaps="keep").values[:, 0].tolist() == [1, 2, 8, 9]
    filled = read(*lines, gaps="interpolate")
    assert filled.values.tolist() == [[1, 0], [2, 0], [4, 1], [6, 2], [8, 3], [9, 1]]
    assert filled.record.times.texts()[1:4] == ["2020-01-02", "2020-01-03", "2020-01-04"]
    months = read("date,v", "2020-01-31,1", "2020-02-29,2", "2020-05-31,5", "2020-06-30,6", gaps="interpolate")
    assert months.values[:, 0].tolist() == [1, 2, 3, 4, 5, 6]
    assert months.record.times.texts()[2:4] == ["2020-03-31", "2020-04-30"]


def test_missing_numbers_are_filled_in(read):
    lines = ["date,v", "2021-01-01,1", "2021-01-02,", "2021-01-03,NA", "2021-01-04,4"]
    assert read(*lines, missing="interpolate").values[:, 0].tolist() == [1, 2, 3, 4]
    lines[-1] = "2021-01-06,6"
    both = read(*lines, "2021-01-07,7", missing="interpolate", gaps="interpolate")
    assert both.values[:, 0].tolist() == [1, 2, 3, 4, 5, 6, 7]


DATED = ["date,v", *rows(range(200))]


@pytest.mark.parametrize(
    ("lines", "settings", "message"),
    [
        (["date,v", *DATED[:0:-1]], {}, "line 2: the newest time, 2020-07-18, comes first; data.sort=true"),
        ([*DATED[:3], DATED[4], DATED[3]], {}, "line 5: 2020-01-03 comes after 2020-01-04; data.sort=true"),
        ([*DATED, DATED[3]], {}, "line 202: 2020-01-03 is also the time of .*line 4; .* in separate columns or files"),
        ([*DATED, DATED[3]], {"sort": True}, "line 202: 2020-01-03 is also the time of .*line 4"),
        (
            [*DATED[:71], *DATED[131:]],
            {},
            "line 72: 2020-05-10 comes after 2020-03-10, and most rows are daily: 60 times are missing; "
            "data.gaps=interpolate .* data.gaps=keep",
        ),
        ([*DATED[:5], *DATED[6:9], *DATED[10:]], {}, "line 6: .* 1 time is missing, and 1 more gaps follow"),
        (
            [*DATED[:4], "2020-01-03T12:00,0", *DATED[4:]],
            {},
            "line 5: .* data.gaps=keep .* evenly spaced",
        ),
        ([*DATED[:4], "2020-01-03T12:00,0", *DATED[4:]], {"gaps": "interpolate"}, "line 5: .* evenly spaced"),
        (["t,v", "1,0", "2,0", "3,0", "7,1"], {"time": "t"}, r"line 5: 7 comes after 3, .* in steps of 1 \(for dates "),
        (
            ["t,v", "2020-10-25T02:00,1", "2020-10-25T02:00,1", "2020-10-25T03:00,1"],
            {},
            "line 3: .* clocks are turned back",
        ),
        (
            ["date,v", "03/04/2020,1", "04/04/2020,2"],
            {},
            "line 2, column date: '03/04/2020' .*='%d/%m/%Y' or",
        ),
        ([*DATED[:9], "2020-13-01,1"], {}, "line 10, column date: '2020-13-01' is neither a number nor a date"),
        (
            [*DATED[:9], "2020-13-01,1"],
            {"time": "date"},
            "line 10, .*'2020-13-01' is not a date; set data.date_format",
        ),
        (
            [*DATED[:9], "01.02.2020,1"],
            {"date_format": "%Y-%m-%d", "time": 1},
            "is not a date of the form %Y-%m-%d",
        ),
        ([*DATED[:9], ",1"], {"time": "date"}, "line 10, column date: the time is missing"),
        (
            DATED,
            {"date_format": "%d/%m/%Y"},
            "'2020-01-01' is neither .* date of the form %d/%m/%Y",
        ),
        (["a,b,v", "2020-01-01,2020-01-02,1"], {}, "columns a, b have dates; data.time=a chooses"),
        (
            ["shop,v", "Rome,1"],
            {},
            r"line 2, column shop: 'Rome' is .*data.drop=\[shop\] .*data.time=.*data.columns",
        ),
        (["v,w", "1,2", "3,x"], {}, "line 3, column 'w': 'x' is not a number"),
        (["v,w", "1,2", "3,", "5,6"], {}, "line 3, column w: the number is missing; data.missing=interpolate"),
        (["v,w", "1,2", "3,inf"], {"missing": "interpolate"}, "line 3, column 'w': 'inf' is not a finite number"),
        (["v,w", "1,", "3,4"], {"missing": "interpolate"}, "line 2, column w: the first number is missing"),
        (["v,w", "1,2", "3,"], {"missing": "interpolate"}, "line 3, column w: the last number is missing"),
        (["date,v", *rows([1, 2])], {"drop": ["v"]}, "has no series left"),
        (["date,v", *rows([1, 2])], {"time": "dat"}, "unknown column 'dat'; did you mean 'date'"),
        (["date,v", *rows([1, 2])], {"columns": ["w"]}, "unknown column 'w'"),
        (["date,v", *rows([1, 2])], {"drop": [3]}, "there is no column 3; it has 2"),
    ],
)
def test_tables_that_cannot_be_used(read, lines, settings, message):
    with pytest.raises(UserError, match=message) as caught:
        read(*lines, **settings)
    assert "a.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "options", "reason"),
    [
        ("a.npy", VALUES[:, :, None], {}, r"is \(200, 2, 1\); it must be \(N,\) or \(N, F\)"),
        ("a.npy", VALUES[:0], {}, r"is \(0, 2\)"),
        (
            "a.npy",
            np.where(VALUES > 2, np.nan, VALUES),
            {},
            r"row \d+, column \d: the number is missing; data\.",
        ),
        ("a.npy", VALUES.astype(str), {}, "of type <U"),
        ("a.npy", VALUES, {"time": "day"}, "unknown column 'day'"),
        ("a.npz", {"a": VALUES, "b": VALUES}, {}, r"several arrays \(a, b\); the series must be called x"),
        ("a.csv", "", {}, "is empty|has no rows"),
        ("a.csv", "n\n", {}, "no rows"),
        ("a.xls", "1\n", {}, r"unknown file extension '\.xls'; one of: \.csv, \.tsv, \.txt, \.npy, \.npz"),
    ],
)
def test_files_that_cannot_be_used(save, name, content, options, reason):
    path = save(name, **content) if isinstance(content, dict) else save(name, content)
    with pytest.raises(UserError, match=reason) as caught:
        Series(path=path, **options)
    assert path in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "data=series needs data.path=FILE"),
        ({"gaps": "fill"}, "unknown data.gaps 'fill'; one of: interpolate, keep, refuse"),
        ({"missing": "mean"}, "unknown data.missing 'mean'"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(UserError, match=message):
        Series(**settings)


@pytest.mark.parametrize(
    "source",
    [
        pd.DataFrame({"v": range(200)}, index=pd.to_datetime(DAYS)),
        pd.DataFrame({"v": range(200), "day": pd.to_datetime(DAYS)}),
        pd.Series(range(200), index=pd.PeriodIndex(DAYS, freq="D")),
        pd.DataFrame({"day": DAYS, "v": range(200)}),
        polars.DataFrame({"day": DAYS.to_list(), "v": range(200)}).with_columns(polars.col("day").str.to_date()),
    ],
)
def test_frames_with_dates(source):
    data = Series(source=source, path="not read", steps=5)
    assert data.values[:, 0].tolist() == list(range(200))
    assert data.record.times.texts() == DAYS.to_list()
    assert data.summary.startswith("series: 200 rows of 1 series")
    fits(data.spec, next(iter(data.train_loader())))


@pytest.mark.parametrize("source", [VALUES, torch.from_numpy(VALUES), VALUES.tolist(), pd.DataFrame(VALUES)])
def test_arrays_from_python(source):
    data = Series(source=source)
    assert np.array_equal(data.values, VALUES)
    assert data.digest == Series(source=VALUES).digest
    assert data.digest != Series(source=VALUES + 1).digest


def test_what_is_wrong_with_a_frame():
    frame = pd.DataFrame({"v": [1.0, np.nan, 3]}, index=pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03"]))
    with pytest.raises(UserError, match=r"row 2, column v: the number is missing; data\.missing=interpolate"):
        Series(source=frame)
    with pytest.raises(UserError, match="row 1: the newest time, 2020-01-03, comes first"):
        Series(source=frame[::-1], missing="interpolate")


def test_digest_of_a_file(save):
    first = Series(path=save("a.csv", lines())).digest
    assert first == Series(path=save("b.csv", lines())).digest
    assert first != Series(path=save("a.csv", lines("a,b"))).digest


def test_too_short(save):
    with pytest.raises(UserError, match="val has 10 of the 100 values; steps=50 and horizon=1 need 51"):
        Series(path=save("a.npy", VALUES[:100]), test=0.2).splits  # noqa: B018


def test_missing_file(save, tmp_path):
    save("sales.csv", "1\n")
    with pytest.raises(UserError, match=r"did you mean 'sales\.csv'"):
        Series(path=str(tmp_path / "salse.csv"))


def test_numbers_are_written_as_in_training_unless_the_file_shows_another_way(tmp_path):
    """After 1.234,5 a file of 1.234 alone means a thousand and more; one with 12.5 has points."""
    order = [37 * n % 60 for n in range(60)]
    train, new, other = (tmp_path / f"{name}.csv" for name in ("train", "new", "other"))
    train.write_text("v;w\n" + "\n".join(f"1.{n + 100},5;{n % 7}" for n in order) + "\n")
    new.write_text("v;w\n" + "\n".join(f"1.{n + 100};{n % 7}" for n in order) + "\n")
    other.write_text("v;w\n" + "\n".join(f"{n + 100}.5;{n % 7}" for n in order) + "\n")
    fitted = Series(path=str(train), steps=5).preprocessing
    fitted = type(fitted).from_dict({key: value for key, value in fitted.to_dict().items() if key != "kind"})
    assert fitted.record(train).values[0, 0] == 1100.5
    assert fitted.record(new).values[0, 0] == 1100
    assert fitted.record(other).values[0, 0] == 100.5


def test_marks_of_missing_cells_as_a_config_reads_them(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("v\n" + "\n".join("-999" if n == 7 else "null" if n == 9 else f"{n}.5" for n in range(60)) + "\n")
    values = Series(path=str(path), steps=5, missing_values=[-999, None], missing="interpolate").values
    assert values[6:10, 0].tolist() == [6.5, 7.5, 8.5, 9.5]
