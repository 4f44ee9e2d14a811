import numpy as np
import pytest
from nnzoo.data.airline import FILE, Airline
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
