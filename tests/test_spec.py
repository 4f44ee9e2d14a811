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
