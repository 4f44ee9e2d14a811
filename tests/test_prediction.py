import csv
from pathlib import Path

import numpy as np
import pytest
from nnzoo import api
from nnzoo.cli import main
from nnzoo.errors import UserError
from nnzoo.prediction import predict_file, read_array
from tiny import train


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("predict"), "trainer.max_epochs=1").directory


X = np.random.default_rng(0).random((3, 1, 8, 8)).astype(np.float32)


def test_arrays_of_every_kind_of_file(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    np.savez(tmp_path / "x.npz", x=X, other=X + 1)
    np.savetxt(tmp_path / "x.csv", X.reshape(3, 64), delimiter=",")
    np.testing.assert_array_equal(read_array(tmp_path / "x.npy"), X)
    np.testing.assert_array_equal(read_array(tmp_path / "x.npz"), X)
    np.testing.assert_allclose(read_array(tmp_path / "x.csv"), X.reshape(3, 64), rtol=1e-6)


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.mkdir, (self.path,)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    proof = tmp_path / "executed"
    objects = np.array([Evil(proof)], dtype=object)
    np.save(tmp_path / "objects.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "objects.npz", x=objects)
    np.savez(tmp_path / "other.npz", y=X)
    np.save(tmp_path / "whole.npy", X)
    (tmp_path / "short.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:200])
    (tmp_path / "short.npz").write_bytes((tmp_path / "other.npz").read_bytes()[:200])
    (tmp_path / "empty.npy").write_bytes(b"")
    (tmp_path / "text.csv").write_text("a,b\nc,d\n")
    (tmp_path / "ragged.csv").write_text("1,2\n3\n")
    (tmp_path / "x.txt").write_text("1")
    (tmp_path / "folder.npy").mkdir()
    names = (
        "objects.npy objects.npz short.npy short.npz empty.npy text.csv ragged.csv x.txt folder.npy none.npy none.csv"
    )
    for name in names.split():
        with pytest.raises(UserError, match=name) as caught:
            read_array(tmp_path / name)
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="has no array called x"):
        read_array(tmp_path / "other.npz")
    assert not proof.exists()


def test_table_and_arrays(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "some.npy", X)
    with pytest.raises(SystemExit) as left:
        main(["predict", f"run={run}", f"input={tmp_path / 'some.npy'}"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"predictions in {run / 'predictions-some.csv'}\n"
    expected = api.predict(run, X)
    with (run / "predictions-some.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["index", "decision"],
            *[[str(i), label] for i, label in enumerate(expected["label"])],
        ]
    target = predict_file(run, tmp_path / "some.npy", str(tmp_path / "out.npz"), [])
    with np.load(target) as found:
        for name in ("decision", "label", "output"):
            np.testing.assert_array_equal(found[name], expected[name])


def test_nowhere_to_write(run: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "some.npy", X)
    for name in ("none/out.csv", "none/out.npz"):
        with pytest.raises(UserError, match=r"cannot write .*: No such file"):
            predict_file(run, tmp_path / "some.npy", str(tmp_path / name), [])


def test_one_row_a_sequence(tmp_path: Path) -> None:
    settings = ("data=reber", "data.train=20", "data.val=5", "data.test=5", "model=rnn", "~callbacks.figures")
    result = api.train(*settings, "trainer.max_epochs=1", "trainer.accelerator=cpu", output_dir=tmp_path)
    np.save(tmp_path / "x.npy", np.eye(7, dtype=np.float32)[[[0, 1, 2], [3, 4, 5]]])
    with predict_file(result.directory, tmp_path / "x.npy", None, []).open(newline="") as file:
        table = list(csv.reader(file))
    assert [row[0] for row in table] == ["index", "0", "1"]
    assert len(table[1][1].split()) == 3 * 7


SENTENCES = "The DT B-NP\ncat NN I-NP\nran VBD B-VP\n\nIt PRP B-NP\ngave VBD B-VP\nin RP B-PRT\n. . O\n\n"


def test_sentences(tmp_path: Path) -> None:
    """A tag for each word, whatever the sentence beside it; the same as from ids."""
    folder = tmp_path / "text" / "conll2000"
    folder.mkdir(parents=True)
    for name in ("train.txt", "test.txt"):
        (folder / name).write_text(SENTENCES * 4)
    settings = ("data=conll2000", f"data.root={tmp_path}", "data.val=0", "model=brnn", "~callbacks.figures")
    small = ("trainer.max_epochs=1", "trainer.accelerator=cpu", "trainer.threads=1")
    run = api.train(*settings, *small, output_dir=tmp_path).directory
    (tmp_path / "new.txt").write_text("It ran\nThe cat gave in to the zebra .\n")
    with predict_file(run, tmp_path / "new.txt", None, []).open(newline="") as file:
        table = list(csv.reader(file))
    assert [len(row[1].split()) for row in table[1:]] == [2, 8]
    (short,) = api.predict(run, ["It ran"])["label"]
    assert table[1][1].split() == short.tolist()
    vocabulary = api.load(run).spec.vocabulary
    ids = np.array([[vocabulary.index("it"), vocabulary.index("ran")]])
    assert api.predict(run, ids)["label"].tolist() == [short.tolist()]
    for wrong, message in (
        (["It ran", " "], "sentence 2 has no words"),
        (ids + 0.5, f"whole numbers from 0 to {len(vocabulary) - 1}"),
        (ids + 99, "no array of token ids"),
        (ids - 99, "no array of token ids"),
    ):
        with pytest.raises(UserError, match=message):
            api.predict(run, wrong)


def test_sentences_for_a_network_of_images(run: Path) -> None:
    with pytest.raises(UserError, match="sentences are for networks that read one word a step; the data is real image"):
        api.predict(run, ["a cat"])
