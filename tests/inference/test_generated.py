"""Networks that generate examples: samples in the user's units, from Python and from the command line."""

import io
from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.inference.load import load
from nnzoo.runs.directory import RunDirectory

from tests.support.commands import command, exit_code

from .small_runs import train

N = 60
rng = np.random.default_rng(0)
FRAME = pd.DataFrame({"age": rng.normal(size=N) * 10 + 40, "income (EUR)": rng.normal(size=N) * 500 + 30000})
SMALL = ("model=gan", "model.generator=[6]", "model.discriminator=[6]", "~callbacks.generated")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


@pytest.fixture(scope="module")
def table(folder: Path) -> Path:
    file = folder / "people.csv"
    FRAME.to_csv(file, index=False)
    return train(folder, *SMALL, "data=array", f"data.path='{file}'", "data.target=[]")


@pytest.fixture(scope="module")
def text(folder: Path) -> Path:
    return train(folder, "model=rnn", "model.hidden=4", "data=char_text", "trainer.limit_train_batches=2")


def test_samples_are_in_the_users_units(table: Path) -> None:
    trained = load(table)
    found = trained.sample(500, seed=3)
    torch.manual_seed(3)
    with torch.no_grad():
        standardized = trained.model.generate(torch.randn(500, 2)).numpy()
    columns = trained.preprocessing.to_dict()["columns"]
    expected = standardized * [c["scale"] for c in columns] + [c["mean"] for c in columns]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert found.shape == (500, 2)


def test_samples_depend_only_on_the_seed(table: Path) -> None:
    trained, state = load(table), torch.get_rng_state()
    one, same, other = (trained.sample(5, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_command_prints_a_table(table: Path) -> None:
    found = pd.read_csv(io.StringIO(command("sample", f"run={table}", "length=7", "seed=5")))
    assert list(found) == list(FRAME)
    np.testing.assert_allclose(found, load(table).sample(7, seed=5), rtol=1e-6)
    assert len(pd.read_csv(io.StringIO(command("sample", f"run={table}")))) == 100


def test_samples_of_a_boltzmann_machine_are_bits(folder: Path) -> None:
    run = train(folder, "model=rbm", "model.hidden=3", "data=consecutive_ones")
    found = pd.read_csv(io.StringIO(command("sample", f"run={run}", "length=20")))
    assert list(found) == ["1", "2", "3", "4"]
    assert set(found.to_numpy().ravel()) == {0, 1}


def test_predictions_of_the_discriminator(table: Path, tmp_path: Path) -> None:
    trained = load(table)
    found = nnzoo.predict(table, FRAME)["prediction"]
    standardized = trained.preprocessing.encode(FRAME).x
    with torch.no_grad():
        np.testing.assert_allclose(found, trained.model.discriminator(standardized).sigmoid()[:, 0], rtol=1e-6)
    FRAME.to_csv(tmp_path / "new.csv", index=False)
    command("predict", f"run={table}", f"input={tmp_path / 'new.csv'}", f"output={tmp_path / 'out.csv'}")
    written = pd.read_csv(tmp_path / "out.csv")
    assert list(written) == ["index", "prediction"]
    np.testing.assert_allclose(written.prediction, found, rtol=1e-6)


def test_evaluation_on_the_same_and_on_other_tables(table: Path, tmp_path: Path) -> None:
    results = RunDirectory(table).results()
    assert nnzoo.evaluate(table) == results
    far = FRAME.add([100, 0])
    far.to_csv(tmp_path / "far.csv", index=False)
    found = nnzoo.evaluate(table, f"data.path={tmp_path / 'far.csv'}")
    assert set(found) == {"test/last"}
    assert found["test/last"]["energy_distance"] > results["test/last"]["energy_distance"] + 5
    again = nnzoo.evaluate(table, data=far)
    assert again["test/last"] == pytest.approx(found["test/last"], rel=1e-5)


def test_refused(table: Path, text: Path) -> None:
    trained = load(table)
    for wrong, message in [((0,), "number of examples is 0"), ((-3,), "number of examples is -3")]:
        with pytest.raises(UserError, match=message):
            trained.sample(*wrong)
    with pytest.raises(UserError, match="seed is -1; it must be from 0"):
        trained.sample(3, seed=-1)
    with pytest.raises(UserError, match="probabilities"):
        nnzoo.predict(table, FRAME, probabilities=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 2.5}, "the number of examples is 2.5; it takes an integer"),
        ({"n": "3"}, "the number of examples is '3'; it takes an integer"),
        ({"n": True}, "the number of examples is True; it takes an integer"),
        ({"n": 0}, "the number of examples is 0; it must be at least 1"),
        ({"n": 1, "seed": 0.5}, "seed is 0.5; it takes an integer"),
        ({"n": 1, "seed": -1}, f"seed is -1; it must be from 0 to {2**32 - 1}"),
        ({"n": 1, "seed": 2**32}, f"seed is {2**32}; it must be from 0 to {2**32 - 1}"),
    ],
)
def test_invalid_arguments_of_sample(table: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        load(table).sample(**arguments)
    assert str(caught.value) == message


def test_numpy_integers_are_accepted(table: Path) -> None:
    trained = load(table)
    assert np.array_equal(trained.sample(np.int64(3), seed=np.uint8(4)), trained.sample(3, seed=4))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"length": 2.5}, "length is 2.5; it takes an integer"),
        ({"length": 0}, "length is 0; it must be at least 1"),
        ({"seed": "1"}, "seed is '1'; it takes an integer"),
        ({"top_k": 1.5}, "top_k is 1.5; it takes an integer"),
        ({"beam": "2"}, "beam is '2'; it takes an integer"),
        ({"temperature": "hot"}, "temperature is 'hot'; it takes a number"),
        ({"prompt": 7}, "prompt is 7; it takes a text"),
    ],
)
def test_invalid_arguments_of_texts(text: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        nnzoo.sample(text, **arguments)
    assert str(caught.value) == message


def test_messages_name_alternatives(table: Path, text: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match=r"^GAN does not continue texts; nnzoo\.load\(run\)\.sample\(n\) returns gen"):
        nnzoo.sample(table)
    with pytest.raises(UserError, match=r"^RNN does not generate examples; nnzoo\.sample\(run, prompt\) continues"):
        load(text).sample(3)
    neither = train(folder, "model=autoencoder", "model.hidden=[]", "model.code=1", "data=consecutive_ones")
    with pytest.raises(UserError, match="Autoencoder does not generate examples; model=gan and model=vae do"):
        load(neither).sample(3)
    assert exit_code("sample", f"run={neither}") == 2
    assert capsys.readouterr().err == (
        "nnzoo: Autoencoder does not generate; language models continue texts, and networks such as model=gan and "
        "model=vae generate examples\n"
    )


@pytest.mark.parametrize("further", ["prompt=a", "temperature=0.5", "top_k=3", "beam=2"])
def test_settings_of_texts_are_refused(table: Path, further: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("sample", f"run={table}", further) == 2
    assert f"{further.partition('=')[0]} is for texts" in capsys.readouterr().err


def test_language_models_continue_texts(text: Path) -> None:
    assert command("sample", f"run={text}", "length=12", "seed=2") == nnzoo.sample(text, length=12, seed=2) + "\n"


def test_target_column_is_left_out(folder: Path) -> None:
    run = train(folder, *SMALL, "data=gaussians", "data.train=40")
    assert load(run).sample(4).shape == (4, 2)
    assert load(run).spec.target == "none"
    FRAME.assign(region=["north", "south"] * (N // 2)).to_csv(folder / "regions.csv", index=False)
    run = train(folder, *SMALL, "data=array", f"data.path='{folder / 'regions.csv'}'")
    assert "; no target; region left out; " in (run / "run.log").read_text()
    assert load(run).sample(4).shape == (4, 2)
