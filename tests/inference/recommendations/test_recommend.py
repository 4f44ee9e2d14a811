"""Recommendations against predictions of the same network, by commands and from Python."""

import shutil
from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.data.ratings.own import OwnRatings
from nnzoo.errors import DataWarning, UserError
from nnzoo.inference.recommendations.files import ITEM, ids_from
from nnzoo.inference.recommendations.recommend import Recommender, top_items
from nnzoo.inference.recommendations.users import User
from nnzoo.preprocessing.ids import IdPreprocessing

from tests.inference.small_runs import train
from tests.support.commands import command, exit_code

from .conftest import FRAME, SETTINGS

Run = Path


@pytest.fixture(scope="module", params=["pairs", "rows"])
def run(request: pytest.FixtureRequest) -> Run:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def training(table: Path) -> pd.DataFrame:
    """The ratings of the training split."""
    data = OwnRatings(path=str(table), user="who", item="film", rating="stars")
    return FRAME.iloc[data.rows["train"].numpy()]


def all_predictions(run: Run, training: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions of `predict` for all users (rows) and items (columns) of the training data."""
    net = nnzoo.load(run)
    users, items = sorted(set(training.who)), sorted(set(training.film))
    if net.spec.form == "ids":
        found = net.predict([(user, item) for user in users for item in items])
        return pd.DataFrame(found["prediction"].reshape(len(users), -1), index=users, columns=items)
    found = net.predict(training)
    return pd.DataFrame(found["prediction"], index=found["who"].astype(int), columns=items)


def test_highest_predictions_of_unrated_items(run: Run, training: pd.DataFrame) -> None:
    predicted = all_predictions(run, training)
    found = pd.DataFrame(nnzoo.recommend(run, [20, 110, 20], n=3))
    assert list(found) == ["who", "rank", "film", "basis", "prediction"]
    assert found.who.tolist() == ["20"] * 3 + ["110"] * 3
    for user in (20, 110):
        rated = set(training.film[training.who == user])
        assert rated
        expected = predicted.loc[user].drop(rated).sort_values(ascending=False)[:3]
        some = found[found.who == str(user)]
        assert some.film.tolist() == expected.index.tolist()
        np.testing.assert_allclose(some.prediction, expected, rtol=1e-6)
        assert some["rank"].tolist() == [1, 2, 3]
    assert set(found.basis) == {"training"}


def test_rated_items_are_included_on_request(run: Run, training: pd.DataFrame) -> None:
    found = pd.DataFrame(nnzoo.recommend(run, 20, n=99, include_rated=True))
    expected = all_predictions(run, training).loc[20].sort_values(ascending=False)
    assert found.film.tolist() == expected.index.tolist()


def test_predict_reads_the_recommendations(pairs: Run, tmp_path: Path) -> None:
    path = tmp_path / "found.csv"
    out = command("recommend", f"run={pairs}", "user=[20,110]", f"output={path}")
    assert out == f"recommendations in {path}\n"
    command("predict", f"run={pairs}", f"input={path}", f"output={tmp_path / 'predictions.csv'}")
    table = pd.read_csv(path)
    np.testing.assert_allclose(pd.read_csv(tmp_path / "predictions.csv").prediction, table.prediction, rtol=1e-6)
    assert len(table) > 4


def test_only_given_items(run: Run, tmp_path: Path) -> None:
    items = ["film 7", "film 2", "film 99", "film 5"]
    with pytest.warns(DataWarning, match=r"^item 'film 99' is not in the training data; it is left out$"):
        found = nnzoo.recommend(run, 20, items=items, include_rated=True)
    assert sorted(found["film"]) == ["film 2", "film 5", "film 7"]
    np.testing.assert_array_equal(found["prediction"], np.sort(found["prediction"])[::-1])
    (tmp_path / "items.csv").write_text("film,year\nfilm 7,1990\nfilm 2,1991\n")
    for value in (f"{tmp_path / 'items.csv'}", "[film 7,film 2]"):
        out = command("recommend", f"run={run}", "user=20", f"items={value}", "include_rated=true")
        assert sum(line[:1].isdigit() for line in out.splitlines()) == 2


@pytest.mark.filterwarnings("ignore::nnzoo.errors.DataWarning")
def test_unknown_users_get_the_items_of_an_average_user(pairs: Run) -> None:
    net = nnzoo.load(pairs)
    found = pd.DataFrame(net.recommend([20, "nobody"], n=4)).query("who == 'nobody'")
    biases = dict(zip(net.preprocessing.ids[1], net.model.item_biases.weight[:, 0].tolist(), strict=True))  # type: ignore[attr-defined]
    assert found.film.tolist() == sorted(biases, key=biases.__getitem__, reverse=True)[:4]
    assert set(found.basis) == {"average user"}
    expected = net.predict([("nobody", film) for film in found.film])["prediction"]
    np.testing.assert_allclose(found.prediction, expected, rtol=1e-6)


def test_unknown_users_are_named_or_refused(run: Run) -> None:
    net = nnzoo.load(run)
    with pytest.warns(DataWarning, match=r"^user 'nobody' is not in .*; the recommendations are those for an average"):
        net.recommend("nobody")
    with pytest.warns(DataWarning, match=r"^user 'nobody' and 1 more are not in"):
        net.recommend(["nobody", "x", 20])
    recommender = Recommender(net)
    recommender.table = recommender.table.reading({"unseen": "refuse"})
    with pytest.raises(UserError, match=r"^user '2' is not in .*; data\.unseen=mean .*; did you mean '20'\?"):
        recommender.recommend("2")
    with pytest.raises(UserError, match=r"^item 'film 77' is not in the training data"):
        recommender.recommend(20, items=["film 1", "film 77"])
    with pytest.raises(UserError, match=r"^the users are of type DataFrame; pass ids, or ratings=frame$"):
        recommender.recommend(FRAME)
    assert exit_code("recommend", f"run={run}", "user=nobody", "data.unseen=refuse") == 2


def test_ids_in_an_argument() -> None:
    ids = IdPreprocessing(columns=("who", "film"), names=("user", "item"), ids=((), ("Alien", "Crow, The", "x.csv")))
    for text, expected in {
        "Alien": ["Alien"],
        "[ Alien, 01]": ["Alien", "01"],
        "Crow, The": ["Crow, The"],
        """["Crow, The" , 'a,b',Ocean's]""": ["Crow, The", "a,b", "Ocean's"],
        "x.csv": ["x.csv"],
        "[]": [],
    }.items():
        assert ids_from(text, ids, ITEM) == expected


def test_a_user_who_has_rated_everything(run: Run, training: pd.DataFrame) -> None:
    rated = training.film[training.who == 20].tolist()
    with pytest.warns(DataWarning, match=r"^user '20' has rated all items to choose from; include_rated=true"):
        found = nnzoo.recommend(run, 20, items=rated)
    assert len(found["prediction"]) == 0
    assert list(found) == ["who", "rank", "film", "basis", "prediction"]


def test_equal_scores_are_in_the_order_of_the_items() -> None:
    user = User("a", 1, np.array([4]), np.array([1.0]))
    scores = torch.tensor([[1.0, 2, 2, 3, 2]], dtype=torch.float64)
    items = torch.tensor([1, 2, 3, 4, 6])
    assert [row[1:] for row in top_items([user], scores.clone(), items, 3, False)] == [
        (1, 2, 2.0),
        (2, 3, 2.0),
        (3, 6, 2.0),
    ]
    assert [row[2] for row in top_items([user], scores, items, 2, True)] == [4, 2]


def test_scores_that_are_not_finite_are_an_error() -> None:
    user = User("a", 1, np.array([], dtype=np.int64), np.array([]))
    with pytest.raises(UserError, match="not finite; did its training diverge"):
        list(top_items([user], torch.tensor([[1.0, float("nan")]]), torch.tensor([1, 2]), 1, False))


def test_titles(tmp_path: Path) -> None:
    titled = FRAME.assign(name="the title of " + FRAME.film)
    run = train(tmp_path, *SETTINGS, "data.title=name", "model=matrix_factorization", data=titled)
    found = nnzoo.recommend(run, 20, n=2)
    assert list(found) == ["who", "rank", "film", "title", "basis", "prediction"]
    assert found["title"].tolist() == [f"the title of {film}" for film in found["film"]]
    assert found["title"][0] in command("recommend", f"run={run}", "user=20")


def test_new_users_of_a_network_that_reads_rows(rows: Run, training: pd.DataFrame, tmp_path: Path) -> None:
    new = pd.DataFrame({"who": ["me"] * 3, "film": ["film 1", "film 4", "film 6"], "stars": [55, 48, 60.5]})
    net = nnzoo.load(rows)
    found = net.recommend(ratings=new, n=99)
    predicted = dict(zip(net.spec.labels or net.preprocessing.features, net.predict(new)["prediction"][0], strict=True))
    expected = sorted(set(predicted) - set(new.film), key=predicted.__getitem__, reverse=True)
    assert found["film"].tolist() == expected
    np.testing.assert_allclose(found["prediction"], [predicted[film] for film in expected], rtol=1e-6)
    assert set(found["basis"]) == {"input"}


def test_training_ratings_are_added_to_those_of_a_table(run: Run, training: pd.DataFrame) -> None:
    """An item in both counts once, with the rating of the table."""
    mine = training[training.who == 20]
    changed = mine[:1].assign(stars=mine.stars.iloc[0] + 3)
    unrated = sorted(set(training.film) - set(mine.film))[0]
    more = pd.concat([changed, pd.DataFrame({"who": [20], "film": [unrated], "stars": [51.0]})])
    as_new = pd.concat([more, mine[1:]]).assign(who="like 20")
    net = nnzoo.load(run)
    known, new = net.recommend(ratings=more, n=99), net.recommend(ratings=as_new, n=99)
    assert known["film"].tolist() == new["film"].tolist()
    assert not {*mine.film, unrated} & set(known["film"])
    np.testing.assert_allclose(known["prediction"], new["prediction"], rtol=1e-5)
    assert (set(known["basis"]), set(new["basis"])) == ({"training and input"}, {"input"})
    assert np.abs(known["prediction"] - net.recommend(20, n=99, items=list(known["film"]))["prediction"]).max() > 1e-3


def test_a_new_user_without_a_known_item(run: Run) -> None:
    net = nnzoo.load(run)
    with pytest.warns(DataWarning, match="item 'film 99' is not in the training data; 1 rating of such items is left"):
        found = net.recommend(ratings={"who": ["me"], "film": ["film 99"], "stars": [50]}, n=2)
    assert set(found["basis"]) == {"average user"}
    with pytest.warns(DataWarning, match="average user"):
        average = net.recommend("nobody", n=2)
    np.testing.assert_allclose(found["prediction"], average["prediction"], rtol=1e-5)


def test_ratings_stay_with_a_run_whose_data_has_moved(table: Path, pairs: Run, tmp_path: Path) -> None:
    away = tmp_path / "moved.csv"
    expected = nnzoo.recommend(pairs, 20)
    shutil.move(table, away)
    try:
        found = nnzoo.recommend(pairs / "checkpoints" / "last.ckpt", 20)
    finally:
        shutil.move(away, table)
    assert found["film"].tolist() == expected["film"].tolist()
    copied = shutil.copy(pairs / "checkpoints" / "last.ckpt", tmp_path / "copy.ckpt")
    with pytest.raises(UserError, match=r"^the training ratings are in the directory of the run; load the run"):
        nnzoo.recommend(copied, 20)


def test_columns_without_names(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    FRAME[["who", "film", "stars"]].to_csv(path, index=False, header=False)
    run = train(tmp_path, "data=ratings", "model=matrix_factorization", f"data.path='{path}'")
    (tmp_path / "users.txt").write_text("20\n30\n")  # the only column
    (tmp_path / "items.csv").write_text("x,film 1\ny,film 2\n")  # the column of the items
    files = f"user={tmp_path / 'users.txt'}", f"items={tmp_path / 'items.csv'}"
    out = command("recommend", f"run={run}", *files, "include_rated=true").splitlines()
    assert [out[0], out[4]] == ["user 20 (training)", "user 30 (training)"]
    assert len(out) == 8
    (tmp_path / "mine.csv").write_text("me,film 1,50\nme,film 2,40\n")
    text = command("recommend", f"run={run}", f"input={tmp_path / 'mine.csv'}", "n=1")
    assert text.splitlines()[0] == "user me (input)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give user=ID or input=FILE, the users, or a table of their ratings"),
        (("user=",), "give user=ID or input=FILE, the users, or a table of their ratings"),
        (("user=20", "input=x.csv"), "give user=ID or input=FILE, not both"),
        (("user=20", "n=0"), "n is 0; it must be at least 1"),
        (("user=20", "n=few"), "n is 'few'; it takes an integer"),
        (("user=20", "include_rated=1"), "include_rated is '1'; it takes true or false"),
        (("user=20", "output=x.json"), "output=x.json: it must end in one of .csv, .tsv, .npz"),
        (("user=20", "items=[]"), "items is []; it takes a list of ids"),
        (("user=20", "items=films.csv"), "no file films.csv"),
        (("input=films.csv",), "no file films.csv"),
        (("user=20", "k=3"), "unknown argument 'k'"),
        (("user=20", "data.separator=;"), "unknown argument 'data.separator'"),
    ],
)
def test_bad_arguments(pairs: Run, capsys: pytest.CaptureFixture[str], arguments: Any, message: str) -> None:
    assert exit_code("recommend", f"run={pairs}", *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"nnzoo: {message}")
    assert error.count("\n") == 1


def test_no_users_are_refused(pairs: Run) -> None:
    with pytest.raises(UserError, match=r"^there are no users$"):
        nnzoo.recommend(pairs, [])
    with pytest.raises(UserError, match=r"^give users or ratings$"):
        nnzoo.recommend(pairs)
    with pytest.raises(UserError, match=r"^give users or ratings, not both$"):
        nnzoo.recommend(pairs, [20], ratings=FRAME)
    with pytest.raises(UserError, match=r"^the users are of type DataFrame; pass ids, or ratings=frame$"):
        nnzoo.recommend(pairs, FRAME)


def test_bad_tables(pairs: Run, rows: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    for text, message in (
        ("who,film\nme,film 1\n", "has no column 'stars'"),
        ("who,film,stars\nme,film 1,much\n", "line 2, column stars: the rating 'much' is not a number"),
        ("who,film,stars\nme,film 1,900\n", r"line 2, column stars: the rating 900 is outside \["),
        ("who,film,stars\nme,film 1,50\nme,film 1,51\n", "line 3: user 'me' rates item 'film 1' a second time"),
    ):
        path.write_text(text)
        for run in (pairs, rows):
            with pytest.raises(UserError, match=message):
                nnzoo.recommend(run, ratings=path)
    (tmp_path / "mine.npy").write_bytes(b"")
    with pytest.raises(UserError, match=r"is not a table of ratings; it must end in one of \.csv"):
        nnzoo.recommend(pairs, ratings=tmp_path / "mine.npy")


def test_other_networks_do_not_recommend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = train(tmp_path, "data=iris")
    assert exit_code("recommend", f"run={run}", "user=1", "items=missing.csv") == 2
    assert capsys.readouterr().err == (
        "nnzoo: Linear does not predict ratings; recommendations are for networks trained on ratings, with "
        "data=movielens or data=ratings for example\n"
    )


def test_a_run_without_its_ratings(pairs: Run, tmp_path: Path) -> None:
    copy = shutil.copytree(pairs, tmp_path / "run")
    (copy / "ratings.npz").write_bytes(b"damaged")
    with pytest.raises(UserError, match=r"ratings\.npz cannot be read; is it damaged\?"):
        nnzoo.recommend(copy, 20)
    (copy / "ratings.npz").unlink()
    with pytest.raises(UserError, match=r"^there is no .*ratings\.npz, the training ratings of the run"):
        nnzoo.recommend(copy, 20)
