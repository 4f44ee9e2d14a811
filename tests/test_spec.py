import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from nnzoo.spec import Batch, DataSpec, send

SEQUENCE = DataSpec("onehot", (4,), "input", 4, sequence=True, per_step=True, vocabulary=tuple("abcd"))
RATINGS = DataSpec("ids", (2,), "real", 1, sizes=(5, 3))


def test_str():
    assert str(DataSpec("real", (1, 28, 28), "classes", 10)) == "real image of 1x28x28 -> classes(10)"
    steps = DataSpec("onehot", (7,), "multilabel", 7, sequence=True, per_step=True)
    assert str(steps) == "onehot sequence of 7 a step, varying steps -> multilabel(7) a step"


@pytest.mark.parametrize(
    ("spec", "form"),
    [
        (DataSpec("real", (3,), "real", 1), "vector"),
        (DataSpec("real", (1, 3, 3), "real", 1), "image"),
        (SEQUENCE, "sequence"),
        (RATINGS, "ids"),
        (DataSpec("tokens", (), "classes", 2, sequence=True, vocabulary=("a",)), "tokens"),
    ],
)
def test_form(spec, form):
    assert spec.form == form
    assert DataSpec.from_dict(spec.to_dict()) == spec


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shape": (3,), "per_step": True}, "a target for every step needs a sequence"),
        ({"shape": (3, 4)}, r"shape is \(3, 4\); an input of form vector takes 1 dimensions"),
        ({"shape": (1, 3, 4), "sequence": True}, "an input of form sequence takes 1 dimensions"),
        ({"shape": (3, 2), "input": "tokens"}, "an input of form tokens takes 0 or 1 dimensions"),
        (
            {"shape": (2,), "input": "ids", "sizes": (3,)},
            r"sizes is \(3,\); ids of shape \(2,\) need one size for each",
        ),
        ({"shape": (3,), "partial": True}, "unknown entries need numbers or labels"),
        ({"shape": (3,), "target": "real", "partial": True, "sequence": True, "per_step": True}, "one row for each"),
    ],
)
def test_contradictory_fields_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        DataSpec(**{"input": "real", "target": "classes", "target_size": 2} | settings)


def test_dict_can_be_loaded_with_weights_only(tmp_path):
    spec = DataSpec("real", (2,), "classes", 2, labels=("no", "yes"))
    torch.save(spec.to_dict(), tmp_path / "spec")
    assert DataSpec.from_dict(torch.load(tmp_path / "spec", weights_only=True)) == spec


def test_fake_batch_is_zero_at_padding_in_input_and_target():
    x, y, mask = SEQUENCE.fake_batch(20, torch.Generator().manual_seed(0))[:3]
    assert not mask.all()
    assert not x[~mask].any()
    assert torch.equal(x, y)


def test_str_of_ids():
    assert str(RATINGS) == "ids of 5 x 3 -> real(1)"


def test_fake_batch_has_ids_below_their_sizes():
    x = RATINGS.fake_batch(200, torch.Generator().manual_seed(0)).x
    assert x.amin(0).tolist() == [0, 0]
    assert x.amax(0).tolist() == [4, 2]


def test_the_input_as_target():
    image = DataSpec("real", (1, 2, 3), "classes", 3, low=0.0, high=1.0, labels=tuple("abc"), frequencies=(1.0,) * 3)
    found = image.with_input_as_target()
    assert found == DataSpec("real", (1, 2, 3), "input", 6, low=0.0, high=1.0)
    x, y, *_ = found.fake_batch(4)
    assert torch.equal(y, x.flatten(1))
    steps = DataSpec("real", (3,), "classes", 2, sequence=True).with_input_as_target()
    assert steps.per_step
    x, y, *_ = steps.fake_batch(4)
    assert torch.equal(y, x)
    for spec in (RATINGS, DataSpec("tokens", (), "classes", 2, sequence=True, vocabulary=("a",))):
        with pytest.raises(
            ValueError, match="the input can be the target only if it consists of numbers; the data gives"
        ):
            spec.with_input_as_target()


def test_without_target():
    image = DataSpec("real", (1, 2, 3), "classes", 3, low=0.0, high=1.0, labels=tuple("abc"), frequencies=(1.0,) * 3)
    assert image.without_target() == DataSpec("real", (1, 2, 3), "none", 0, low=0.0, high=1.0)
    scaled = DataSpec("real", (2,), "real", 1, target_mean=(3.0,), target_scale=(2.0,))
    assert scaled.without_target() == DataSpec("real", (2,), "none", 0)
    steps = DataSpec(
        "tokens", (), "next_token", 1, sequence=True, per_step=True, vocabulary=("a",), autoregressive=True
    )
    assert steps.without_target() == DataSpec("tokens", (), "none", 0, sequence=True, vocabulary=("a",))


def test_fake_batch_of_counts():
    x = DataSpec("counts", (5,), "none", 0, low=0).fake_batch(200, torch.Generator().manual_seed(0)).x
    assert x.min() == 0
    assert x.max() > 1
    assert torch.equal(x, x.round())


def test_fake_batch_respects_a_single_bound():
    spec = DataSpec("real", (50,), "none", 0, low=0.0)
    assert spec.fake_batch(4).x.min() == 0


def test_rows_and_device():
    batch = Batch(torch.arange(6).view(3, 2), torch.arange(3), torch.ones(3, 2, dtype=torch.bool))
    chosen = batch.rows(torch.tensor([2, 0]))
    assert chosen.x.tolist() == [[4, 5], [0, 1]]
    assert chosen.y.tolist() == [2, 0]
    assert chosen.mask.shape == (2, 2)
    assert batch._replace(mask=None).rows(slice(1)).mask is None
    assert all(t.device.type == "meta" for t in batch.to(torch.device("meta"))[:3])


def test_fake_batch_of_partial_targets_has_unknown_entries():
    rows = DataSpec("real", (3,), "real", 4, partial=True)
    assert str(rows) == "real vector of 3 -> real(4, some unknown)"
    y = rows.fake_batch(200, torch.Generator().manual_seed(0)).y
    assert y.isnan().any(0).all()
    assert not y.isnan().all(1).any()
    assert not rows.with_input_as_target().partial


TRANSLATION = {
    "input": "tokens",
    "shape": (),
    "target": "sequence",
    "target_size": 3,
    "sequence": True,
    "vocabulary": tuple("xyz"),
    "labels": (".", "a", "b"),
    "target_len": 4,
}


def test_target_sequence():
    spec = DataSpec(**TRANSLATION)
    assert str(spec) == "tokens of 1 a step, varying steps -> sequence(3, up to 4 symbols)"
    assert DataSpec.from_dict(spec.to_dict()) == spec
    assert spec.without_target() == DataSpec("tokens", (), "none", 0, sequence=True, vocabulary=tuple("xyz"))
    y = spec.fake_batch(200, torch.Generator().manual_seed(0)).y
    assert y.dtype == torch.int64
    rows = y.tolist()
    assert {row.index(0) for row in rows} == {0, 1, 2, 3}
    assert rows[0].index(0) == 3
    for row in rows:
        end = row.index(0)
        assert set(row[:end]) <= {1, 2}
        assert set(row[end + 1 :]) <= {-1}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"per_step": True}, "a target sequence has its own length; it cannot be per_step"),
        ({"autoregressive": True}, "or autoregressive"),
        ({"target_len": None}, "target_len is None; it must be at least 1"),
        ({"target_len": 0}, "target_len is 0"),
        ({"labels": ()}, "labels has 0 names and target_size is 3"),
        ({"labels": (".",), "target_size": 1}, "labels has 1 names and target_size is 1"),
        ({"target": "classes"}, "target_len is 4; only a target sequence takes it, not tokens"),
    ],
)
def test_invalid_target_sequences_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        DataSpec(**TRANSLATION | settings)


def test_batches_go_to_a_gpu_through_page_locked_memory():
    copies = []
    pinned = SimpleNamespace(to=lambda device, non_blocking: copies.append((device.type, non_blocking)))
    send(SimpleNamespace(device=torch.device("cpu"), pin_memory=lambda: pinned), torch.device("cuda"))
    assert copies == [("cuda", True)]
    batch = Batch(torch.ones(2, 3), torch.ones(2), torch.ones(2, 3) > 0, is_continuation=True)
    assert all(a is b for a, b in zip(batch.send(torch.device("cpu")), batch, strict=True))
    assert {part.device.type for part in batch.send(torch.device("meta"))[:3]} == {"meta"}


IMAGE = DataSpec("real", (1, 4, 5), "classes", 3, low=0.0, high=1.0)


def generator():
    return torch.Generator().manual_seed(0)


def test_fake_sequences_have_3_to_9_steps_or_their_length():
    mask = SEQUENCE.fake_batch(200, generator()).mask
    lengths = mask.sum(1)
    assert set(lengths.tolist()) == {*range(3, 10)}
    assert lengths[0] == 9
    assert torch.equal(mask, torch.arange(9) < lengths[:, None])  # padding comes last
    fixed = replace(SEQUENCE, seq_len=5).fake_batch(20, generator())
    assert fixed.x.shape == (20, 5, 4)
    assert fixed.mask is None


@pytest.mark.parametrize(
    ("spec", "values"),
    [
        (DataSpec("binary", (50,), "none", 0), {0, 1}),
        (DataSpec("sign", (50,), "none", 0), {-1, 1}),
        (DataSpec("onehot", (50,), "none", 0), {0, 1}),
        (DataSpec("tokens", (), "none", 0, sequence=True, seq_len=50, vocabulary=tuple("abcd")), {0, 1, 2, 3}),
    ],
)
def test_fake_inputs_have_the_values_of_their_kind(spec, values):
    x = spec.fake_batch(100, generator()).x
    assert x.shape == (100, 50)
    assert set(x.flatten().tolist()) == values
    if spec.input == "onehot":
        assert (x.sum(1) == 1).all()
        assert x.any(0).sum() > 30
    else:
        assert x.float().mean().item() == pytest.approx(sum(values) / len(values), abs=0.1)


def test_fake_real_inputs_cover_their_range():
    x = DataSpec("real", (50,), "none", 0, low=2.0, high=5.0).fake_batch(100, generator()).x
    assert 2 <= x.min() < 2.1 < 4.9 < x.max() <= 5
    x = DataSpec("real", (50,), "none", 0).fake_batch(100, generator()).x
    assert x.mean().item() == pytest.approx(0, abs=0.1)
    assert x.std().item() == pytest.approx(1, abs=0.1)
    assert DataSpec("real", (50,), "none", 0, high=0.5).fake_batch(100, generator()).x.max() == 0.5


def fake_targets(target, size, **settings):
    return replace(IMAGE, target=target, target_size=size, **settings).fake_batch(300, generator()).y


def test_fake_classes_labels_and_numbers():
    y = fake_targets("classes", 3)
    assert (y.shape, y.dtype, set(y.tolist())) == ((300,), torch.int64, {0, 1, 2})
    y = fake_targets("multilabel", 5)
    assert (y.shape, y.dtype, set(y.flatten().tolist())) == ((300, 5), torch.float32, {0, 1})
    y = fake_targets("real", 5)
    assert y.shape == (300, 5)
    assert y.std().item() == pytest.approx(1, abs=0.1)
    y = fake_targets("none", 0)
    assert (y.shape, y.any().item()) == ((300,), False)
    y = fake_targets("counts", 5)
    assert (y.shape, y.min()) == ((300, 5), 0)
    assert torch.equal(y, y.round())
    assert y.mean().item() == pytest.approx(2, abs=0.2)
    y = fake_targets("signed_counts", 1)
    assert (y.shape, y.abs().min()) == ((300, 1), 1)
    assert y.abs().mean().item() == pytest.approx(3, abs=0.3)
    assert (y > 0).float().mean().item() == pytest.approx(0.5, abs=0.1)


def test_fake_maps_boxes_and_neighbours():
    y = fake_targets("class_map", 3)
    assert (y.shape, set(y.flatten().tolist())) == ((300, 4, 5), {0, 1, 2})
    kind, left, top, right, bottom = fake_targets("class_box", 3).unbind(1)
    assert set(kind.tolist()) == {0, 1, 2}
    assert (left < right).all()
    assert (top < bottom).all()
    for border in (left, top, right, bottom):
        assert 0 <= border.min() < border.max() <= 1
    y = fake_targets("context", 3)
    assert (y.shape, y.dtype) == ((300, 4), torch.int64)
    assert set(y[:, 0].tolist()) == {0, 1, 2}  # there is at least one neighbour
    assert set(y[:, 1:].flatten().tolist()) == {-1, 0, 1, 2}
    assert (y[:, 1:] < 0).float().mean().item() == pytest.approx(0.5, abs=0.1)


def test_steps_of_sequences():
    x, mask = torch.arange(24).view(2, 6, 2), torch.ones(2, 6, dtype=torch.bool)
    batch = Batch(x, x[..., 0], mask, is_continuation=True)
    part = batch.steps(1, 4, per_step=True)
    assert torch.equal(part.x, x[:, 1:4])
    assert torch.equal(part.y, x[:, 1:4, 0])
    assert part.mask.shape == (2, 3)
    assert part.is_continuation
    whole = batch._replace(y=torch.tensor([1, 2]), mask=None).steps(1, 4, per_step=False)
    assert whole.y.tolist() == [1, 2]
    assert whole.mask is None


@pytest.mark.parametrize(
    ("spec", "low", "high", "reason"),
    [
        (IMAGE, 0, 1, None),
        (IMAGE, -1, 1, None),
        (IMAGE, 0, 0.5, "takes inputs in [0, 0.5]; those of the data are from 0 to 1"),
        (IMAGE, 0.5, 1, "takes inputs in [0.5, 1]; those of the data are from 0 to 1"),
        (IMAGE, 0.5, math.inf, "takes inputs of at least 0.5; those of the data are from 0 to 1"),
        (replace(IMAGE, low=-math.inf), 0, 1, "takes inputs in [0, 1]; those of the data are not"),
        (replace(IMAGE, high=math.inf), 0, 1, "takes inputs in [0, 1]; those of the data are not"),
        (DataSpec("binary", (2,), "none", 0), 0, 1, None),
        (DataSpec("onehot", (2,), "none", 0), 0, 1, None),
        (DataSpec("sign", (2,), "none", 0), -1, 1, None),
        (DataSpec("sign", (2,), "none", 0), 0, 1, "takes inputs in [0, 1]; those of the data are from -1 to 1"),
        (DataSpec("counts", (2,), "none", 0), 0, math.inf, None),
        (
            DataSpec("counts", (2,), "none", 0, high=9),
            0,
            1,
            "takes inputs in [0, 1]; those of the data are from 0 to 9",
        ),
    ],
)
def test_inputs_outside_the_range_of_a_network(spec, low, high, reason):
    assert spec.why_outside(low, high) == reason


def test_targets_in_their_own_units():
    spec = DataSpec("real", (3,), "real", 2, target_mean=(3.0, -1.0), target_scale=(2.0, 0.5))
    y = spec.in_units(torch.tensor([[0.0, 0.0], [1.0, -2.0]]))
    assert y.dtype == torch.float64
    assert y.tolist() == [[3, -1], [5, -2]]
    plain = torch.ones(2, 1)
    assert DataSpec("real", (3,), "real", 1).in_units(plain) is plain


@pytest.mark.parametrize("context", [True, False])
def test_the_class_as_part_of_the_input(context):
    image = replace(IMAGE, low=0.25, high=0.5, classes=(7, 8, 9), frequencies=(0.5, 0.25, 0.25))
    found = image.with_class_in_input(context=context)
    assert found == DataSpec(
        "real",
        (23,),
        "input",
        20 if context else 23,
        low=0.0,
        high=1.0,
        labels=("0", "1", "2"),
        blocks=((1, 4, 5), (3,)),
    )
    assert found.context == (3 if context else 0)
    x, y, *_ = found.fake_batch(4)
    assert torch.equal(y, x[:, : found.target_size])
    bits = DataSpec("binary", (2,), "classes", 2, labels=("no", "yes"))
    assert bits.with_class_in_input(context=context).input == "binary"
    assert bits.with_class_in_input(context=context).labels == ("no", "yes")
    for other in (DataSpec("real", (2,), "real", 1), DataSpec("real", (2,), "classes", 2, sequence=True)):
        with pytest.raises(ValueError, match="needs vectors or images with classes; the data gives real"):
            other.with_class_in_input(context=context)


def test_maps_need_images_and_ids_no_sequence():
    for target in ("class_map", "class_box"):
        with pytest.raises(ValueError, match=f"the target {target} needs images; the input has the form vector"):
            DataSpec("real", (3,), target, 2)
    with pytest.raises(ValueError, match=r"ids of shape \(2,\) need one size for each id"):
        replace(RATINGS, sequence=True)
    assert DataSpec(**TRANSLATION | {"target_len": 1}).target_len == 1
    assert DataSpec(**TRANSLATION | {"target_size": 2, "labels": (".", "a")}).target_size == 2
    assert DataSpec("ids", (1,), "real", 1, sizes=(5,)).form == "index"
    assert str(DataSpec("ids", (1,), "real", 2, sizes=(5,), partial=True)) == "ids of 5 -> real(2, some unknown)"
    assert str(replace(SEQUENCE, seq_len=5)) == "onehot sequence of 4 a step, 5 steps -> input(4) a step"
