"""Ranking metrics: against scikit-learn and counts by hand, and in training with every layout of users."""

from pathlib import Path

import nnzoo
import numpy as np
import pandas as pd
import pytest
from nnzoo.data.ratings.own import OwnRatings
from nnzoo.errors import UserError
from nnzoo.evaluations.ranking import Ranking, measures
from sklearn.metrics import ndcg_score, roc_auc_score

rng = np.random.default_rng(0)
PLACES = np.argwhere(rng.random((12, 9)) < 0.5)
FRAME = pd.DataFrame({"user": PLACES[:, 0], "item": PLACES[:, 1]})
SETTINGS = (
    "data=ratings",
    "data.implicit=true",
    "evaluations=ranking",
    "evaluations.ranking.k=3",
    "~callbacks.figures",
)


@pytest.mark.parametrize("k", [1, 3, 20])
def test_equals_scikit_learn(k: int) -> None:
    for _ in range(20):
        scores, chosen = rng.normal(size=9), rng.random(9) < 0.4
        chosen[rng.integers(9)] = True
        if chosen.all():
            continue
        recall, ndcg, auc = measures(scores, chosen, k)
        first = np.argsort(-scores)[:k]
        assert recall == pytest.approx(len(set(first) & set(np.flatnonzero(chosen))) / chosen.sum())
        assert ndcg == pytest.approx(ndcg_score(chosen[None], scores[None], k=k))
        assert auc == pytest.approx(roc_auc_score(chosen, scores))


def test_equal_scores_count_half() -> None:
    assert measures(np.zeros(4), np.array([True, False, False, True]), 2)[2] == 0.5
    assert np.isnan(measures(np.zeros(2), np.ones(2, bool), 2)[2])


@pytest.mark.parametrize(
    "settings",
    [
        ("model=matrix_factorization", "data.layout=pairs"),
        ("model=row_index", "data.layout=index"),
        ("model=autoencoder", "data.layout=rows", "model.hidden=[]", "model.code=3", "loss=bce"),
        ("model=autoencoder", "data.layout=rows", "model.hidden=[]", "model.code=3", "loss=multinomial"),
        ("model=mlp", "data.layout=rows", "model.hidden=[3]"),
    ],
)
def test_metrics_of_a_run(settings: tuple[str, ...], tmp_path: Path) -> None:
    """Ranked by the scores that predict gives, without the items of the training split."""
    result = nnzoo.train(
        *SETTINGS, *settings, "trainer.max_epochs=2", "evaluate=[test,train]", data=FRAME, output_dir=tmp_path
    )
    data = OwnRatings(source=FRAME, implicit=True)
    train, test = (FRAME.iloc[data.rows[name].numpy()] for name in ("train", "test"))
    items = [int(item) for item in data.ids.ids[1]]
    net = nnzoo.load(result.directory, which="last")
    found = []
    for user in sorted(set(test.user)):
        own = train[train.user == user]
        if "data.layout=rows" in settings:
            scores = net.predict(own)["output"][0]
        elif "data.layout=index" in settings:
            scores = net.predict([user])["output"][0]
        else:
            scores = net.predict([(user, item) for item in items])["output"][:, 0]
        left = [k for k, item in enumerate(items) if item not in set(own.item)]
        chosen = np.array([items[k] in set(test[test.user == user].item) for k in left])
        found.append(measures(scores[left], chosen, 3))
    expected = dict(zip(Ranking.names, np.nanmean(found, axis=0), strict=True))
    for name, value in expected.items():
        assert result.metrics["test/last"][name] == pytest.approx(value), name
    assert 0 <= result.metrics["train/last"]["auc"] <= 1
    evaluated = nnzoo.evaluate(result.directory, data=FRAME)
    assert evaluated["test/last"] == pytest.approx(result.metrics["test/last"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("data=toy_ratings", "model=matrix_factorization"), "a ranking needs implicit feedback"),
        (("data=iris", "model=linear"), "a ranking needs implicit feedback"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: tuple[str, ...], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        nnzoo.train(*settings, "evaluations=ranking", output_dir=tmp_path)


def test_items_as_examples_and_k_0_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"another layout than data\.layout=items"):
        nnzoo.train(*SETTINGS, "data.layout=items", "model=mlp", data=FRAME, output_dir=tmp_path)
    with pytest.raises(UserError, match="k is 0"):
        Ranking(k=0)
