import pytest
import torch
from nnzoo import api
from nnzoo.builders import tasks
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.errors import UserError

from tests.support.built import built

BARE = [f"~optimizer.{name}" for name in ("betas", "eps", "weight_decay", "amsgrad")]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["model=mlp", "+model.in_features=5"],
            "model.in_features=5 contradicts the data, which has 784; leave it out",
        ),
        (
            ["+model.in_shape=[1,8,8]"],
            "model.in_shape=[1, 8, 8] contradicts the data, which has [1, 28, 28]; leave it out",
        ),
        (
            ["+model.num_classes=3"],
            "model.num_classes=3 contradicts the data, which has 10; leave it out",
        ),
        (
            ["data=xor"],
            "model 'lenet5' takes images; the data gives binary vector of 2 -> classes(2); use one of adaline, ar, "
            "bgru ..., or data=image_folder",
        ),
        (["data.size=8"], "LeNet5: LeNet-5 needs images of at least 16x16 pixels, got 8x8"),
        (
            ["loss=squared"],
            "loss 'squared' takes real or input; the target of the data is classes; use data=stairs, or one of "
            "cross_entropy, hierarchical_softmax, hinge ...",
        ),
        (
            ["loss=hierarchical_softmax", "loss.codes=['0','1']"],
            "loss 'hierarchical_softmax': the tree has 2 leaves; there are 10 classes",
        ),
        (
            ["model=mlp", "data=reber", "head=classification"],
            "head 'classification' predicts classes; the target of the data is multilabel",
        ),
        (
            ["model=perceptron", "loss=hinge"],
            "rule 'perceptron' learns without a loss; leave out loss=hinge, or add ~rule",
        ),
        (["model=perceptron", "task=ridge"], "task 'ridge' learns without a rule; add ~rule"),
        (["model=linear", "task=pocket"], "task 'pocket' learns by a rule; choose rule=..."),
        (["model=pocket", "data=reber"], "rule 'perceptron' takes classes; the target of the data is multilabel"),
        (
            ["loss=hinge", "loss.margin=-1.5"],
            "Hinge: margin is -1.5; it must be above 0 (for a margin of 0 take loss=perceptron)",
        ),
        (
            ["model=linear", "loss=hierarchical_softmax", "loss.codes=['0','10','11']", "data=xor"],
            "loss 'hierarchical_softmax': the tree has 3 leaves; there are 2 classes",
        ),
        (
            ["model=threshold_mlp", "loss=hinge"],
            "ThresholdMLP: the weights are for 1 outputs, but 10 are needed; give model.output_weights, or use "
            "data=consecutive_ones",
        ),
        (["optimizer=exponentiated_gradient", "optimizer.lr=0"], "ExponentiatedGradient: lr is 0; it must be above 0"),
        (["init=xavierr"], "init: unknown initialization 'xavierr'; did you mean 'xavier'?"),
        (["optimizer=rmsprop", "optimizer.alpha=-1"], "RMSprop: Invalid alpha value: -1"),
        (
            [*BARE, "optimizer._target_=torch.optim.LBFGS"],
            "optimizer LBFGS evaluates the loss several times per step, which is not supported; use adam, sgd or "
            "another with one gradient per step, or task=newton for logistic regression",
        ),
        (
            [*BARE, "optimizer._target_=torch.optim.SparseAdam"],
            "optimizer SparseAdam: SparseAdam does not support dense gradients, please consider Adam instead",
        ),
        (
            ["model=rnn", "data=char_text", "loader.buckets=true"],
            "loader.buckets has no effect: the data is contiguous text",
        ),
        (
            ["model=linear", "data=iris", "loss=cross_entropy", "loss._target_=torch.nn.PReLU"],
            "loss 'PReLU' has weights; only those of the network are trained",
        ),
        (
            ["model=linear", "data=xor", "loader.buckets=true"],
            "loader.buckets has no effect: the data has no sequences of different lengths, "
            "binary vector of 2 -> classes(2)",
        ),
        (
            ["model=rnn", "data=sines", "model.embedding=100"],
            "model.embedding=100 is for tokens; the data gives real sequence of 1 a step, 50 steps -> real(1) a step",
        ),
        (["+optimizer.lrr=1"], "Adam: got an unexpected keyword argument 'lrr'"),
        (
            ["optimizer=sgd", "optimizer.nesterov=true"],
            "SGD: Nesterov momentum requires a momentum and zero dampening",
        ),
        (["scheduler=step", "~scheduler.step_size"], "StepLR: missing 1 required positional argument: 'step_size'"),
        (
            ["model=mlp", "trainer.gradient_clip_algorithm=temporal", "trainer.gradient_clip_val=1"],
            "trainer.gradient_clip_algorithm: 'temporal' clips recurrent layers, but the network has none; "
            "it must be norm or value",
        ),
        (
            ["~model.activation", "model._target_=torch.nn.Flatten"],
            "model 'Flatten' returns a tensor [2, 784]; the data needs [2, 10]",
        ),
        (["model._target_=torch.hub.load"], "_target_ 'torch.hub.load' is not a class; only classes are built"),
    ],
)
def test_incompatible_settings(overrides, message):
    with pytest.raises(UserError) as caught:
        built(*overrides)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("rows", "overrides", "which"),
    [
        (
            97,
            ["loader.batch_size=32"],
            "the last batch of 97 training examples has one; use another loader.batch_size than 32",
        ),
        (
            97,
            ["loader.batch_size=1"],
            "each batch of 97 training examples has one; use another loader.batch_size than 1",
        ),
        (
            97,
            ["loader.batch_size=32", "trainer.limit_train_batches=4"],
            "the last batch of 97 training examples has one; use another loader.batch_size than 32",
        ),
        (97, ["loader.batch_size=33", "rule=perceptron", "rule.online=true"], "rule.online=true passes single "),
        (97, ["loader.batch_size=32", "trainer.limit_train_batches=3"], None),
        (97, ["loader.batch_size=96", "trainer.overfit_batches=1"], None),
        (97, ["loader.batch_size=32", "model.norm=layer"], None),
        (97, ["loader.batch_size=33"], None),
        (96, ["loader.batch_size=32"], None),
        (96, ["loader.batch_size=1000"], None),
    ],
)
def test_batch_norm_of_a_single_example_is_refused(rows, overrides, which):
    own = ["data=array", "data.path=null", "data.val=0"]
    config = api.plain(compose(["model=mlp", "model.norm=batch", *own, *overrides]))
    x = torch.randn(rows + 4, 3).numpy()
    y = (x[:, 0] > 0).astype(int)
    data = build_data(config, (x[:rows], y[:rows], x[rows:], y[rows:]))
    if which is None:
        build_task(config, data)
    else:
        with pytest.raises(UserError) as caught:
            build_task(config, data)
        assert str(caught.value).startswith(f"batch normalization needs at least two examples per batch: {which}")


def test_batch_norm_of_one_sequence_of_many_steps():
    built("model=mlp", "model.norm=batch", "data=reber", "loader.batch_size=1")


@pytest.mark.parametrize(
    ("overrides", "head", "task"),
    [
        (["data=latch", "head=classification", "penalties=activation"], "Classification", "Task"),
        (["data=reber", "penalties=weights"], "Multilabel", "Task"),
        (["data=reber", "task=ridge"], "Multilabel", "Ridge"),
        (["data=char_text", "task=ridge"], "LanguageModel", "Ridge"),
        (["data=char_text", "task=tree", "penalties=activation"], "LanguageModel", "Tree"),
        (["data=first_greater", "rule=perceptron", "penalties=weights"], "Classification", "RuleTask"),
    ],
)
def test_heads_tasks_and_penalties_combine(overrides, head, task, tmp_path):
    (tmp_path / "a.txt").write_text("to be or not to be, that is the question\n" * 40)
    path = [f"data.path={tmp_path / 'a.txt'}"] if "data=char_text" in overrides else []
    made = built("model=rnn", *overrides, *path)
    assert (type(made.head).__name__, type(made).__name__) == (head, task)


@pytest.mark.parametrize(
    "overrides", [["model=pocket"], ["model=perceptron"], ["task=pocket", "rule=perceptron", "optimizer=sgd"]]
)
def test_batches_that_a_task_does_not_take(overrides):
    config = api.plain(compose(["model=linear", "data=xor", *overrides]))
    data = build_data(config)
    data.batch_kind = "contiguous"
    message = r"^task '\w+' takes examples; the data gives contiguous text, whose batches continue each other$"
    with pytest.raises(UserError, match=message):
        build_task(config, data)


class Stopped(Exception):
    """Ends the construction of a task once its components are known."""


@pytest.mark.parametrize("other", [False, True])
def test_the_components_of_a_task_are_those_of_the_config(other, monkeypatch):
    seen = {}

    def stop(**fields):
        seen.update(fields)
        raise Stopped

    monkeypatch.setattr(tasks, "Components", stop)
    settings = {
        "gradient_clip_val": 2.0 if other else None,
        "gradient_clip_algorithm": "value" if other else "norm",
        "steps_per_slice": 7 if other else None,
        "compile": other,
    }
    further = ["scheduler=exponential", "penalties=weights", "optimizer=sgd", "optimizer.lr=0.5"] if other else []
    further += ["metrics.mine=torchmetrics.classification.MulticlassF1Score"] if other else []
    lines = [f"trainer.{key}={'null' if value is None else value}" for key, value in settings.items()]
    config = api.plain(compose(["model=linear", "data=iris", *(lines if other else ()), *further]))
    data = build_data(config)
    with pytest.raises(Stopped):
        build_task(config, data)
    names = ("clip_value", "clip_algorithm", "steps_per_slice", "compiled")
    assert [seen[name] for name in names] == list(settings.values())
    assert (seen["captured"], seen["rule"]) == (False, None)
    assert seen["engine"] == ("autograd" if other else "auto")  # compiled steps are those of autograd
    assert seen["config"] is config
    assert seen["spec"] is data.spec
    assert (seen["schedule"] is not None) == other
    assert list(seen["metrics"]) == (["mine"] if other else [])
    assert len(seen["penalties"]) == other
    assert seen["record"]()["digest"] == data.digest
    optimizer = seen["optimizer"](seen["net"].parameters())
    assert type(optimizer).__name__ == ("SGD" if other else "Adam")
    assert len(optimizer.param_groups[0]["params"]) == 2
