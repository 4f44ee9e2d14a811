import numpy as np
import pytest
import torch
from nnzoo.data.sequences.airline import FILE, Airline
from nnzoo.errors import UserError


@pytest.fixture
def save(tmp_path):
    def write(numbers):
        rows = [f'"{1949 + i // 12}-{i % 12 + 1:02}",{number}' for i, number in enumerate(numbers)]
        (tmp_path / FILE).write_text("\r\n".join(['"Month","Passengers"', *rows]))
        return str(tmp_path)

    return write


NUMBERS = np.arange(1, 145)


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"log": False, "difference": 0}, NUMBERS),
        ({"difference": 0}, np.log(NUMBERS)),
        ({"log": False, "difference": 12}, np.full(132, 12)),
        ({}, np.log(NUMBERS[1:] / NUMBERS[:-1])),
    ],
)
def test_log_and_difference(save, settings, wanted):
    series = Airline(root=save(NUMBERS), **settings).series()
    assert series.shape == (len(wanted), 1)
    assert series[:, 0] == pytest.approx(wanted)


@pytest.mark.parametrize(
    "settings", [{}, {"difference": 12, "horizon": 7}, {"difference": 0}, {"log": False, "every_step": False}]
)
def test_forecasts_in_passengers(save, settings):
    """Passengers in, passengers out: targets of training that come back are the passengers of their month."""
    data = Airline(root=save(NUMBERS), **settings)
    train = data.splits["train"]
    inputs = data.preprocessing.encode(NUMBERS)
    assert torch.equal(inputs.x[: len(train.x)], train.x)
    last = train.y[:, -1] if data.every_step else train.y
    found = data.preprocessing.decode(last.numpy(), inputs.rows(0, len(last)))
    assert found[:, 0] == pytest.approx(NUMBERS[list(inputs.names["index"])[: len(last)]], rel=1e-5)
    assert data.spec.target_scale == ()  # metrics are those of the changes, standardized


def test_forecasts_for_a_file_with_its_months(save, tmp_path):
    data = Airline(root=save(NUMBERS))
    times, values = data.preprocessing.continue_series(lambda x: 0 * x, tmp_path / FILE, 2)
    assert times == ["1961-01-01", "1961-02-01"]
    mean = np.log(NUMBERS[1:94] / NUMBERS[:93]).mean()  # of the 93 changes of the training part
    assert values[:, 0] == pytest.approx(144 * np.exp(mean * np.array([1, 2])))


def test_the_folder_of_the_environment(save, monkeypatch):
    monkeypatch.setenv("NNZOO_DATA", save(NUMBERS))
    assert len(Airline().series()) == 143


@pytest.mark.parametrize("numbers", [NUMBERS[:-1], NUMBERS - 1])
def test_not_the_original(save, numbers):
    with pytest.raises(UserError, match=f"{FILE} is not the original"):
        Airline(root=save(numbers)).splits  # noqa: B018


def test_no_file(tmp_path):
    data = Airline(root=str(tmp_path))  # the spec needs none
    assert data.spec.shape == (1,)
    with pytest.raises(
        UserError, match=rf"{FILE} is not in {tmp_path}; put a column Month .* rows there, .*NNZOO_DATA"
    ) as caught:
        data.splits  # noqa: B018
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("difference", [-1, 144])
def test_values_out_of_range(difference):
    with pytest.raises(UserError, match=f"difference is {difference} months; it must be from 0 to 143"):
        Airline(difference=difference)


def test_original(real):
    real(FILE)
    series = Airline(log=False, difference=0).series()[:, 0]
    assert series[:3].tolist() == [112, 118, 132]
    assert series[-1] == 432
    assert series.max() == 622
    assert {name: len(part.x) for name, part in Airline().splits.items()} == {"train": 81, "val": 9, "test": 17}


def test_the_digest_is_of_the_file(save):
    before = Airline(root=save(NUMBERS))
    assert before.has_digest(before.digest)
    assert before.splits
    other = Airline(root=save(NUMBERS + 1))
    assert not other.has_digest(before.digest)
    assert Airline(root=save(NUMBERS), log=False).has_digest(before.digest)
