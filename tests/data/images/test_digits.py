import pytest
import torch
from nnzoo.data.images.digits import Digits
from nnzoo.errors import UserError
from sklearn.datasets import load_digits
from torchvision.transforms.functional import resize


def test_pixels_and_classes_are_scikit_learns():
    images, classes = load_digits(return_X_y=True)
    known = {image.tobytes(): label for image, label in zip(images, classes, strict=True)}
    parts = Digits(size=8).splits.values()
    assert sum(len(part.x) for part in parts) == 1797
    for part in parts:
        for x, y in zip(part.x, part.y, strict=True):
            assert known[(x.double() * 16).numpy().tobytes()] == y


def test_upscaling_is_bilinear():
    small, large = Digits(size=8).splits["test"].x, Digits(size=28).splits["test"].x
    assert torch.allclose(large, resize(small, [28, 28], antialias=False), atol=1e-6)


def test_split_is_stratified_and_test_is_fixed():
    one, other = Digits(size=8, seed=0).splits, Digits(size=8, seed=1).splits
    assert {name: len(part.x) for name, part in one.items()} == {"train": 1294, "val": 144, "test": 359}
    assert torch.equal(one["test"].x, other["test"].x)
    pixels = torch.from_numpy(load_digits().images[[10, 14, 21, 22, 26, 27, 33, 34]]).float()
    assert torch.equal(one["test"].x[:8, 0], pixels / 16)  # as in earlier versions
    assert not torch.equal(one["val"].x, other["val"].x)
    counts = one["test"].y.bincount()
    assert counts.min() >= 34
    assert counts.max() <= 37


def test_without_validation():
    assert {name: len(part.x) for name, part in Digits(size=8, val=0).splits.items()} == {
        "train": 1438,
        "test": 359,
    }


@pytest.mark.parametrize("wrong", [{"size": 7}, {"val": 1.0}, {"val": -0.1}])
def test_values_out_of_range(wrong):
    (name,) = wrong
    with pytest.raises(UserError, match=f"{name} is {wrong[name]}"):
        Digits(**wrong)


def test_fewer_images_to_learn_from_are_a_stratified_part():
    every, few, other = (Digits(size=8, train=train, seed=0).splits for train in (None, 100, 50))
    assert few["train"].y.bincount().tolist() == [10] * 10
    known = {image.tobytes() for image in every["train"].x.numpy()}
    assert {image.tobytes() for image in few["train"].x.numpy()} < known
    assert len(other["train"]) == 50
    for name in ("val", "test"):
        assert torch.equal(few[name].x, every[name].x)


def test_some_classes_are_renumbered_and_the_test_set_is_their_part():
    every, some = Digits(size=8), Digits(size=8, classes=[7, 4], train=40)
    assert (some.spec.target_size, some.spec.labels, some.spec.classes) == (2, ("4", "7"), (4, 7))
    assert some.splits["train"].y.bincount().tolist() == [20, 20]
    for digit, renumbered in [(4, 0), (7, 1)]:
        test, all_of_it = some.splits["test"], every.splits["test"]
        assert torch.equal(test.x[test.y == renumbered], all_of_it.x[all_of_it.y == digit])


def test_one_class_is_for_networks_without_classes():
    data = Digits(size=8, classes=[3])
    assert set(data.splits["train"].y.tolist()) == {0}
    data.use_input_as_target()
    with pytest.raises(UserError, match=r"classes is \[3\]; a network that predicts the class needs at least two"):
        data.require_target()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"train": 1}, "train is 1; it must be at least 2"),
        ({"train": 1295}, "train is 1295; there are 1294 training examples with val=0.1"),
        ({"classes": [4, 10]}, "classes contains 10; the classes are the numbers from 0 to 9"),
        ({"classes": [4, 4]}, r"classes is \[4, 4\]; it must be a list of different classes"),
        ({"classes": []}, r"classes is \[\]; it must be"),
    ],
)
def test_parts_that_do_not_exist(wrong, message):
    with pytest.raises(UserError, match=message):
        Digits(size=8, **wrong).splits  # noqa: B018
