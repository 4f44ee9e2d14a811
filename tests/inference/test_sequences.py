"""Inference with a network that predicts sequences: the predictions reproduce the metrics of the run."""

from pathlib import Path

import nnzoo
import numpy as np
import pandas as pd
import pytest
from nnzoo.data.sequences.sums import Sums
from nnzoo.errors import UserError
from nnzoo.inference.files import predict_file
from nnzoo.inference.load import load
from nnzoo.runs.checkpoint import read
from nnzoo.runs.directory import RunDirectory

from tests.support.commands import command
from tests.support.runs import same

from .small_runs import SMALL, train

DATA = {"digits": 1, "train": 60, "val": 20, "test": 20}
WRITES = (
    "model=seq2seq",
    "model.cell.hidden=20",
    "model.embedding=8",
    "data=sums",
    *(f"data.{name}={value}" for name, value in DATA.items()),
    "loader.batch_size=10",
    "optimizer.lr=0.02",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sequences")


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    return train(folder, *WRITES, "trainer.max_epochs=60")


@pytest.fixture(scope="module")
def pairs() -> dict[str, list[tuple[str, str]]]:
    """Return the strings of each split, decoded from token ids."""
    data = Sums(**DATA)
    found = {}
    for name, split in data.splits.items():
        assert split.mask is not None
        x = ["".join(data.spec.vocabulary[k] for k in row[real]) for row, real in zip(split.x, split.mask, strict=True)]
        found[name] = [(read, str(sum(map(int, read.split("+"))))) for read in x]
    return found


def test_predictions_reproduce_the_metrics(run: Path, pairs: dict[str, list[tuple[str, str]]]) -> None:
    results = RunDirectory(run).results()
    shares = []
    for split, examples in pairs.items():
        read, true = zip(*examples, strict=True)
        found = nnzoo.predict(run, list(read), which="last")
        share = float(np.mean(found["prediction"] == np.array(true)))
        assert results[f"{split}/last"]["sequence_acc"] == pytest.approx(share)
        shares.append(share)
    assert max(shares) > 0.5, "nothing was learned"
    evaluated = nnzoo.evaluate(run)["test/last"]
    assert evaluated == pytest.approx(results["test/last"])


def test_predictions_by_command(run: Path, folder: Path) -> None:
    file = folder / "sums.txt"
    file.write_text("1+2\n9+9\n0+0\n")
    command("predict", f"run={run}", f"input={file}", f"output={folder / 'p.csv'}")
    command("predict", f"run={run}", f"input={file}", f"output={folder / 'p.npz'}", "probabilities=true")
    table = pd.read_csv(folder / "p.csv", dtype=str, keep_default_na=False)
    assert list(table) == ["index", "prediction"]
    with np.load(folder / "p.npz") as arrays:
        assert arrays["prediction"].tolist() == table.prediction.tolist()
        assert arrays["output"].shape == arrays["probabilities"].shape == (3, 3, 11)
        np.testing.assert_allclose(arrays["probabilities"].sum(-1), 1, rtol=1e-5)
    net = load(run)
    assert net.predict(["1+2", "9+9", "0+0"])["prediction"].tolist() == table.prediction.tolist()
    assert net.predict("9+9")["prediction"].tolist() == [table.prediction[1]]


def test_codes_do_not_depend_on_other_examples(run: Path) -> None:
    codes = nnzoo.encode(run, ["1+2", "3"])["code"]
    assert codes.shape == (2, 20)
    np.testing.assert_allclose(nnzoo.encode(run, "3")["code"][0], codes[1], rtol=1e-5)


def test_resume_is_exact(folder: Path) -> None:
    short = ("trainer.max_epochs=3", *WRITES)
    whole = train(folder, *short)
    resumed = train(folder, *short, "trainer.max_epochs=1")
    nnzoo.resume(resumed, "trainer.max_epochs=3")
    one, other = (read(RunDirectory(each).checkpoint("last")) for each in (whole, resumed))
    assert same(one["state_dict"], other["state_dict"])
    assert RunDirectory(whole).results() == RunDirectory(resumed).results()


def test_invalid_inputs(run: Path, folder: Path) -> None:
    with pytest.raises(UserError, match="sentence 2: 'x' at position 1 of 1 is not in the vocabulary"):
        nnzoo.predict(run, ["1+2", "x"])
    with pytest.raises(UserError, match=r"probabilities of each step do not fit into a table; use output=.*\.npz"):
        predict_file(load(run), folder / "sums.txt", folder / "q.csv", probabilities=True)
    with pytest.raises(UserError, match="Seq2Seq does not generate"):
        nnzoo.sample(run, "1")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("model=seq2seq",), "takes sequence; the target of the data is classes; use data=reverse"),
        (("model=mlp", "data=sums"), "the target of the data is sequence; use model=seq2seq"),
        (("model=seq2seq", "data=sums", "loss=squared"), "loss 'squared' takes real or input; the target of the"),
        (("model=seq2seq", "data=sums", "loss=hierarchical_softmax"), "loss 'hierarchical_softmax' takes classes or"),
        (("model=seq2seq", "data=sums", "head=classification"), "predicts classes; the target of the data is sequence"),
        (("model=mlp", "head=sequence_to_sequence"), "predicts sequence; the target of the data is classes"),
        (("model=seq2seq", "data=sums", "task=ridge", "trainer.max_epochs=1"), "task 'ridge' .*; the .* sequence"),
        (
            ("model=seq2seq", "data=sums", "penalties=activation"),
            "an activation penalty does not support seq",
        ),
        (
            ("model=seq2seq", "data=sums", "class_weight=balanced"),
            "for classification losses, not for the target 'seq",
        ),
        (("model=seq2seq", "data=sums", "trainer.truncated_bptt_steps=3"), "segments of 3 steps need a target"),
        (("model=seq2seq", "data=sums", "model.target_len=9"), "'model.target_len' comes from the data; leave it out"),
    ],
)
def test_incompatible_settings(given: tuple[str, ...], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message) as error:
        nnzoo.train(*SMALL, *given, output_dir=tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("y", [["ab", "c"] * 20, [["a", "b"], ["c"]] * 20, [[1, 2], [3]] * 20])
def test_own_targets_that_are_sequences(y: list[object], tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        nnzoo.train(*SMALL, model="seq2seq", data=([[1.0, 2.0], [3.0, 4.0]] * 20, y), output_dir=tmp_path)
    assert "\n" not in str(error.value)
