"""Outlier scores of user data, against predictions in the user's units and the reported metrics."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pandas as pd
import pytest
from nnzoo.data.ratings.own import OwnRatings
from nnzoo.errors import UserError
from nnzoo.inference.load import load
from nnzoo.preprocessing.columns import NumberColumn
from nnzoo.preprocessing.tables import TablePreprocessing

from tests.support.commands import command, exit_code

from .small_runs import over_all, sizes, train

N = 60
rng = np.random.default_rng(0)
AGE = rng.normal(size=N) * 10 + 40
FRAME = pd.DataFrame(
    {
        "customer_id": [f"c{i:03}" for i in range(N)],
        "age": AGE,
        "region": np.array(["north", "south", "far east"])[np.arange(N) % 3],
        "income": AGE * 1000 + rng.normal(size=N) * 500,
    }
)
FRAME.loc[7, "income"] = 150_000.0  # planted: does not fit to the age
SMALL = ("model=autoencoder", "model.hidden=[]", "model.code=3", "optimizer.lr=0.1", "trainer.max_epochs=20")
RATINGS = pd.DataFrame(
    [(f"u{u}", f"i{i}", 1 + (u * i + u) % 5) for u in range(30) for i in range(8) if (u + 2 * i) % 3],
    columns=["user", "item", "rating"],
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("outliers")
    FRAME.to_csv(path / "table.csv", index=False)
    return path


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    return train(folder, *SMALL, "data.target=[]", data=str(folder / "table.csv"))


@pytest.fixture(scope="module")
def pictures(folder: Path) -> Path:
    np.savez(folder / "pictures.npz", x=rng.integers(0, 256, (30, 4, 3), dtype=np.uint8))
    return train(folder, *SMALL, "data=array", f"data.path='{folder / 'pictures.npz'}'", "data.target=[]", "loss=bce")


@pytest.fixture(scope="module")
def rows(folder: Path) -> Path:
    return train(folder, *SMALL, "data=ratings", "data.layout=rows", data=RATINGS)


@pytest.fixture(scope="module")
def classifier(folder: Path) -> Path:
    return train(folder, data=FRAME, target="region")


def columns_of(run: Path) -> tuple[Any, ...]:
    preprocessing = load(run).preprocessing
    assert isinstance(preprocessing, TablePreprocessing)
    return preprocessing.columns


# Scores


def test_entry_scores_are_gaps_in_scaled_units(run: Path) -> None:
    found = nnzoo.outliers(run, FRAME)
    rebuilt = nnzoo.predict(run, FRAME)["prediction"]
    age, region, income = columns_of(run)
    assert isinstance(age, NumberColumn)
    onehot = np.stack([FRAME.region == name for name in region.categories], 1)
    expected = [
        ((rebuilt[:, 0] - FRAME.age) / age.scale) ** 2,
        ((rebuilt[:, 1:4] - onehot) ** 2).sum(1),
        ((rebuilt[:, 4] - FRAME.income) / income.scale) ** 2,
    ]
    assert found["columns"].tolist() == ["age", "region", "income"]
    np.testing.assert_allclose(found["entry_score"], np.stack(expected, 1), rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(found["score"], found["entry_score"].sum(1))
    np.testing.assert_allclose(found["feature_score"], found["entry_score"].sum(0))
    assert found["customer_id"].tolist() == FRAME.customer_id.tolist()


def test_scores_agree_with_the_reported_metric(run: Path) -> None:
    found = nnzoo.outliers(run, FRAME, which="last")
    assert found["score"].mean() / 5 == pytest.approx(over_all(run, "mse", sizes(N)), rel=1e-4)


def test_scores_do_not_depend_on_the_other_rows(run: Path) -> None:
    every = nnzoo.outliers(run, FRAME)
    some = nnzoo.outliers(run, FRAME.iloc[[7, 3]])
    np.testing.assert_allclose(some["score"], every["score"][[7, 3]], rtol=1e-5)
    assert some["threshold"] == every["threshold"]


def test_the_planted_row_has_the_highest_score(run: Path) -> None:
    found = nnzoo.outliers(run, FRAME, quantile=1 - 1 / N)
    assert found["score"].argmax() == 7
    assert found["entry_score"][7].argmax() != 1  # not the region


def test_pixels_are_in_the_range_of_the_network(pictures: Path) -> None:
    found = nnzoo.outliers(pictures, which="last")
    assert found["columns"].tolist() == [f"{row},{column}" for row in range(4) for column in range(3)]
    assert len(found["score"]) == sizes(30)["train"]
    only_train = {"train": 1, "val": 0, "test": 0}
    assert found["score"].mean() / 12 == pytest.approx(over_all(pictures, "mse", only_train), rel=1e-4)


@pytest.mark.parametrize("layout", ["rows", "items"])
def test_training_rows_of_ratings_are_those_of_training(folder: Path, layout: str) -> None:
    """Without the held-out ratings of the table, as the scores of which the threshold is a quantile."""
    path = folder / "ratings.csv"
    RATINGS.to_csv(path, index=False)
    run = train(folder, *SMALL, "data=ratings", f"data.layout={layout}", f"data.path='{path}'")
    found, column = nnzoo.outliers(run, quantile=1), layout.removesuffix("s").replace("row", "user")
    assert not found["outlier"].any()
    known = nnzoo.outliers(run, RATINGS.iloc[OwnRatings(path=str(path)).rows["train"].numpy()])
    order = known[column].argsort(kind="stable")
    assert found[column].tolist() == known[column][order].tolist()
    np.testing.assert_allclose(found["score"], known["score"][order], rtol=1e-5)


def test_only_known_ratings_count(rows: Path) -> None:
    some = RATINGS[RATINGS.user.isin(["u1", "u2"])]
    found = nnzoo.outliers(rows, some)
    rebuilt = nnzoo.predict(rows, some)["prediction"]
    table = some.pivot_table(index="user", columns="item", values="rating")[list(found["columns"])].to_numpy()
    np.testing.assert_allclose(found["score"], np.nansum((rebuilt - table) ** 2, 1), rtol=1e-4)


# The threshold


def test_the_threshold_is_a_quantile_of_the_training_scores(run: Path, pictures: Path) -> None:
    found = nnzoo.outliers(pictures, quantile=0.8)
    assert found["threshold"] == pytest.approx(np.quantile(found["score"], 0.8), rel=1e-3)
    assert found["outlier"].tolist() == (found["score"] > found["threshold"]).tolist()
    assert nnzoo.outliers(pictures, share=0.2)["threshold"] == pytest.approx(found["threshold"])
    assert nnzoo.outliers(run, FRAME)["threshold"] < nnzoo.outliers(run, FRAME, quantile=1)["threshold"]


@pytest.mark.parametrize("setting", ["quantile", "share"])
@pytest.mark.parametrize("value", ["0.9", True, [0.9]], ids=str)
def test_the_threshold_takes_a_number(setting: str, value: Any) -> None:
    with pytest.raises(UserError, match=re.escape(f"{setting} is {value!r}; it takes a number")):
        nnzoo.outliers("outputs", FRAME, **{setting: value})


def test_stored_scores_of_another_checkpoint_are_computed_again(run: Path) -> None:
    stored = run / "outlier_scores.json"
    before, content = nnzoo.outliers(run, FRAME)["threshold"], stored.read_text()
    step = json.loads(content)["last"]["step"]
    try:
        for which, expected in ((step, 7.0), (step - 1, float(before))):
            stored.write_text(json.dumps({"last": {"step": which, "quantiles": [7.0, 7.0]}}))
            assert nnzoo.outliers(run, FRAME)["threshold"] == pytest.approx(expected, rel=1e-5)
    finally:
        stored.write_text(content)


def test_without_stored_scores_and_data_the_message_says_what_to_do(pictures: Path, folder: Path) -> None:
    stored, data = pictures / "outlier_scores.json", folder / "pictures.npz"
    content = stored.read_text()
    stored.unlink()
    data.rename(folder / "moved.npz")
    try:
        with pytest.raises(UserError, match=r"not stored with .*cannot be read: .*; nnzoo rerun trains the network"):
            nnzoo.outliers(pictures, np.zeros((2, 4, 3), dtype=np.uint8))
        for damaged in ("3", '{"quantiles": 3}', '{"quantiles": []}', '{"quantiles": ["a"]}'):
            stored.write_text(f'{{"last": {damaged}}}')
            with pytest.raises(UserError, match=r"outlier_scores.json is damaged: it has no quantiles of last"):
                nnzoo.outliers(pictures, np.zeros((2, 4, 3), dtype=np.uint8))
    finally:
        (folder / "moved.npz").rename(data)
        stored.write_text(content)


# The command


def test_allowed_packages_are_checked(run: Path) -> None:
    with pytest.raises(UserError, match="allow is 'mynets'; it takes a list of packages"):
        nnzoo.outliers(run, FRAME, allow="mynets")


def test_rows_of_a_file(run: Path, folder: Path) -> None:
    output = folder / "scores.csv"
    text = command("outliers", f"run={run}", f"input={folder / 'table.csv'}", f"output={output}")
    table, found = pd.read_csv(output), nnzoo.outliers(run, FRAME)
    assert f"{found['outlier'].sum()} of {N} rows have a score above" in text
    np.testing.assert_allclose(table.score, found["score"], rtol=1e-6)
    assert table.outlier.tolist() == found["outlier"].tolist()
    best = found["entry_score"].argmax(1)
    assert table.column_1.tolist() == found["columns"][best].tolist()
    np.testing.assert_allclose(table.share_1, found["entry_score"].max(1) / found["score"], rtol=1e-6)
    assert table.customer_id.tolist() == FRAME.customer_id.tolist()


def test_without_a_file_the_training_table_is_scored(run: Path) -> None:
    command("outliers", f"run={run}", "by=entry")
    table = pd.read_csv(run / "outliers-by-entry-training.csv")
    np.testing.assert_allclose(table[["age", "region", "income"]], nnzoo.outliers(run, FRAME)["entry_score"], rtol=1e-6)


@pytest.mark.parametrize("suffix", ["tsv", "npz"])
def test_features(run: Path, folder: Path, suffix: str) -> None:
    output = folder / f"features.{suffix}"
    command("outliers", f"run={run}", "by=feature", f"output={output}")
    found = nnzoo.outliers(run)
    if suffix == "tsv":
        table: Mapping[str, Any] = pd.read_csv(output, sep="\t")
    else:
        with np.load(output) as arrays:
            table = dict(arrays)
    assert list(table["column"]) == ["age", "region", "income"]
    np.testing.assert_allclose(table["score"], found["feature_score"], rtol=1e-6)
    np.testing.assert_allclose(table["mean"], found["feature_score"] / N, rtol=1e-6)


# Errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["quantile=1.5"], "quantile is 1.5; it must be from 0 to 1"),
        (["quantile=x"], "quantile is 'x'; it takes a number"),
        (["share=2"], "share is 2; it is the expected share of outliers"),
        (["share=0.1", "quantile=0.9"], "each of them sets the threshold: give one"),
        (["by=rows"], "unknown by 'rows'; did you mean 'row'?"),
        (["inputs=a.csv"], "unknown argument 'inputs'; did you mean 'input'?"),
        (["input=missing.csv"], "no file missing.csv"),
        (["output=a.txt"], "output=a.txt: it must end in one of"),
    ],
)
def test_wrong_arguments_are_one_line(
    run: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code("outliers", f"run={run}", *arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_the_training_table_is_not_overwritten(run: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "table.csv").read_bytes()
    assert exit_code("outliers", f"run={run}", f"output={folder / 'table.csv'}") == 2
    assert (folder / "table.csv").read_bytes() == before
    assert "is the input; give another name" in capsys.readouterr().err


def test_unsuitable_examples(run: Path, folder: Path, classifier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "empty.csv").write_text("customer_id,age,region,income\n")
    FRAME.drop(columns="age").to_csv(folder / "fewer.csv", index=False)
    for path, message in ((folder / "empty.csv", "header and no rows"), (folder / "fewer.csv", "no column 'age'")):
        assert exit_code("outliers", f"run={run}", f"input={path}") == 2
        assert message in capsys.readouterr().err
    with pytest.raises(UserError, match=r"gives no outlier scores: it does not reconstruct its input, as model="):
        nnzoo.outliers(classifier, FRAME)
