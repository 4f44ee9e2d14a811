import dataclasses

import pytest
import torch
from nnzoo.callbacks.pictures import codes, images
from nnzoo.callbacks.pictures.codes import CODES, DECODER, active_shares
from nnzoo.callbacks.pictures.examples import Examples
from nnzoo.callbacks.pictures.images import FILTERS
from nnzoo.figures.style import new_figure
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.rbm import RBM
from nnzoo.spec import Batch, DataSpec
from torch import Tensor, nn
from torch.testing import assert_close

from tests.figures.checks import check_figure

from .small_examples import examples_of

IMAGES = DataSpec("real", (1, 3, 4), "classes", 3, low=0, high=1, labels=("cat", "dog", "ant"))
VECTORS = dataclasses.replace(IMAGES, shape=(12,))
BATCH = IMAGES.fake_batch(60, torch.Generator().manual_seed(0))


def sparse() -> Autoencoder:
    """Return an autoencoder with a code of 5; unit 3 is never active and unit 1 always."""
    torch.manual_seed(0)
    net = Autoencoder(in_features=12, hidden=[], code=5, code_activation="relu")
    net.encoder[0].bias.data[:] = torch.tensor([0.0, 9, 0.1, -9, -0.1])
    return net


def drawn(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> list[tuple]:
    """Return a list to which the arguments of a figure are added instead of drawing it."""
    found: list[tuple] = []
    monkeypatch.setattr(module, name, lambda *parts, **named: found.append((*parts, named)) or new_figure(1))
    return found


def test_columns_of_a_linear_decoder_by_norm(monkeypatch: pytest.MonkeyPatch) -> None:
    found = drawn(monkeypatch, codes, "plot_filters")
    net = sparse()
    examples = examples_of(net, IMAGES, BATCH)
    assert DECODER.applies(examples)
    with torch.no_grad():
        DECODER.draw(examples)
    weight = net.decoder[-1].weight.detach()  # (12, 5)
    order = weight.norm(dim=0).argsort(descending=True)
    ((shown, title, named),) = found
    assert_close(shown, weight.T[order].view(5, 1, 3, 4))
    assert (title, named["scale"]) == ("columns of the decoder", "weight")


def test_change_of_the_output_of_a_deep_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    found = drawn(monkeypatch, codes, "plot_filters")
    torch.manual_seed(0)
    net = Autoencoder(in_features=12, hidden=[7], code=2)
    with torch.no_grad():
        DECODER.draw(examples_of(net, IMAGES, BATCH))
        changes = [net.decode(torch.eye(2)[k]) - net.decode(torch.zeros(2)) for k in range(2)]
    ((shown, title, _),) = found
    assert_close(shown, torch.stack(sorted(changes, key=lambda change: -change.norm())).view(2, 1, 3, 4))
    assert title == "change of the output for one code unit"


def test_decoder_is_drawn_for_images_only() -> None:
    assert not DECODER.applies(examples_of(sparse(), VECTORS, VECTORS.fake_batch(40)))
    assert DECODER.applies(examples_of(RBM(in_features=12, hidden=3), IMAGES, BATCH))


def expected_shares(net: Autoencoder) -> Tensor:
    with torch.no_grad():
        return (net.encode(BATCH.x.flatten(1)) > 1e-3).float().mean(0)


def test_share_of_examples_on_which_units_are_active() -> None:
    found = active_shares(examples_of(net := sparse(), IMAGES, BATCH))
    assert_close(found, expected_shares(net))
    assert (found[1], found[3]) == (1, 0)


def test_codes_with_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    found = drawn(monkeypatch, codes, "plot_activity")
    net = sparse()
    examples = examples_of(net, IMAGES, BATCH)
    with torch.no_grad():
        assert CODES.applies(examples)
        CODES.draw(examples)
        assert_close(found[0][0], net.encode(BATCH.x.flatten(1)))
        dense = Autoencoder(in_features=12, hidden=[], code=5)
        assert not CODES.applies(examples_of(dense, IMAGES, BATCH))


def test_filters_of_sparse_units_have_their_share_and_are_sorted_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = drawn(monkeypatch, images, "plot_filters")
    net = sparse()
    with torch.no_grad():
        FILTERS.draw(examples_of(net, IMAGES, BATCH))
        FILTERS.draw(examples_of(Autoencoder(in_features=12, hidden=[], code=5), IMAGES, BATCH))
        FILTERS.draw(
            examples_of(Autoencoder(in_features=12, hidden=[5], code=4, code_activation="relu"), IMAGES, BATCH)
        )
    shares, order = expected_shares(net).sort(descending=True, stable=True)
    shown, _, named = found[0]
    assert_close(shown, net.encoder[0].weight[order].view(5, 1, 3, 4))
    assert named["titles"] == [f"{share:.0%}" for share in shares.tolist()]
    assert [named for _, named in found[1:]] == [{}, {}]  # dense codes, and a first layer that is not the code


@torch.no_grad()
def test_pictures_of_a_sparse_code() -> None:
    examples = examples_of(sparse(), IMAGES, BATCH)
    for picture in (CODES, DECODER, FILTERS):
        figure = check_figure(picture.figure(examples))
        assert figure.get_suptitle().endswith("last weights")


class Given(nn.Module):
    """A network whose codes are its inputs, up to a constant."""

    def __init__(self, shift: float = 0.0) -> None:
        super().__init__()
        self.shift = shift

    def encode(self, x: Tensor) -> Tensor:
        return x + self.shift

    def decode(self, codes: Tensor) -> Tensor:
        return codes + 1

    def forward(self, x: Tensor) -> Tensor:
        return x


FOUR = DataSpec("real", (4,), "real", 1)


def given_codes(*rows: list[float]) -> Examples:
    return examples_of(Given(), FOUR, Batch(torch.tensor(rows), torch.zeros(len(rows), 1)))


def test_small_activations_count_as_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    found = drawn(monkeypatch, codes, "plot_activity")
    examples = given_codes([0.0009, -0.001, 0.0011, -1.0], [0.0, 2.0, 0.0, 1.0])
    CODES.draw(examples)
    assert_close(found[0][0], torch.tensor([[0, 0, 0.0011, -1], [0, 2, 0, 1]]))
    assert active_shares(examples).tolist() == [0, 0.5, 0.5, 1]


def test_two_hundredths_of_zeros_make_a_code_sparse() -> None:
    full = torch.ones(25, 4)
    for zeros, applies in ((0, False), (2, True), (99, True), (100, False)):
        rows = full.clone().ravel()
        rows[:zeros] = 0
        assert CODES.applies(given_codes(*rows.view(25, 4).tolist())) == applies


def test_changes_from_code_zero() -> None:
    images, linear = codes.decoded_units(given_codes([1.0, 2, 3, 4]))
    assert_close(images, torch.eye(4))
    assert linear
    shifted = examples_of(Given(2.0), FOUR, Batch(torch.zeros(2, 4), torch.zeros(2, 1)))
    assert_close(codes.some_codes(shifted), torch.full((2, 4), 2.0))


def test_most_code_units_that_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    for most, applies in ((3, True), (2, False)):
        monkeypatch.setattr(codes, "MOST", most)
        assert DECODER.applies(examples_of(Autoencoder(in_features=12, code=3), IMAGES, BATCH)) == applies


@pytest.mark.parametrize(("curve", "linear"), [(0.0006, True), (0.0008, False), (0.1, False)])
def test_changes_that_add_up_to_a_thousandth_are_linear(
    monkeypatch: pytest.MonkeyPatch, curve: float, linear: bool
) -> None:
    """Two thousandths together: one of the numbers, one of the largest."""
    for scale in (1.0, 100.0):

        def decode(self: Given, code: Tensor, scale: float = scale) -> Tensor:
            return scale * code * (1 + curve * code.sum(1, keepdim=True))

        monkeypatch.setattr(Given, "decode", decode)
        assert codes.decoded_units(given_codes([1.0, 2, 3, 4]))[1] == linear
