import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.builders.build import build_data, build_loss, build_network, build_task, compatible_models
from nnzoo.card import Traits
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.margin.hinge import Hinge
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.rules.perceptron import Perceptron
from nnzoo.tasks.learners.pocket import Pocket
from PIL import Image
from sklearn.linear_model import LogisticRegression

BARE = [f"~optimizer.{name}" for name in ("betas", "eps", "weight_decay", "amsgrad")]


def built(*overrides):
    config = api.plain(compose(["trainer.accelerator=cpu", *overrides]))
    return build_task(config, build_data(config))


def test_sizes_come_from_the_data():
    task = built("model=mlp", "model.hidden=[3]", "data.size=8")
    assert [tuple(p.shape) for p in task.net.parameters()] == [(3, 64), (3,), (10, 3), (10,)]
    assert isinstance(task.loss, CrossEntropy)
    reber = built("model=rnn", "data=reber", "model.hidden=2")
    assert reber.net.model.recurrent.cells[0].in_features == reber.net.model.readout.out_features == 7
    assert isinstance(reber.loss, BinaryCrossEntropy)


def test_number_of_outputs_depends_on_the_loss():
    assert built("model=linear", "data=xor").net.model.linear.out_features == 2
    one = built("model=linear", "data=xor", "loss=logistic")
    assert one.net.model.linear.out_features == 1
    assert isinstance(one.loss, Logistic)


def test_size_that_agrees_with_the_data_is_accepted():
    assert built("model=linear", "data=xor", "+model.in_features=2").net.model.linear.in_features == 2


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
            "bgru, blstm ..., or data=image_folder",
        ),
        (["data.size=8"], "LeNet5: LeNet-5 needs images of at least 16x16 pixels, got 8x8"),
        (["loss=squared"], "loss 'squared' takes real or input; the target of the data is classes"),
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
            "ThresholdMLP: the weights are for 1 outputs, but 10 are needed",
        ),
        (["optimizer=exponentiated_gradient", "optimizer.lr=0"], "ExponentiatedGradient: lr is 0; it must be above 0"),
        (["init=xavierr"], "init: unknown initialization 'xavierr'; did you mean 'xavier'?"),
        (["optimizer.lr=-1"], "Adam: Invalid learning rate: -1"),
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
            ["model=linear", "data=iris", "loss=cross_entropy", "loss._target_=torch.nn.CrossEntropyLoss"],
            "CrossEntropyLoss is not derived from nnzoo.losses.base.Loss; see nnzoo list losses",
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
            ["scheduler=step", "scheduler.step_size=0"],
            "scheduler.step_size is 0; it must be at least 1",
        ),
        (["scheduler=step", "scheduler.interval=day"], "unknown scheduler.interval 'day'; one of: epoch, step"),
        (
            ["model=mlp", "trainer.gradient_clip_algorithm=temporal", "trainer.gradient_clip_val=1"],
            "trainer.gradient_clip_algorithm: 'temporal' clips recurrent layers, but the network has none; "
            "it must be norm or value",
        ),
        (
            ["trainer.gradient_clip_algorithm=nrom"],
            "unknown trainer.gradient_clip_algorithm 'nrom'; did you mean 'norm'?",
        ),
        (
            ["~model.activation", "model._target_=torch.nn.Flatten"],
            "Flatten has no traits; add traits = Traits(inputs=...) to the class",
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
    ("overrides", "message"),
    [
        (
            ["model=lenet5", "data=reber"],
            "model 'lenet5' takes images; the data gives onehot sequence of 7 a step, varying steps -> multilabel(7) a "
            "step; use one of ar, bgru, ",
        ),
        (["model=lenet5", "data=xor"], ", or data=image_folder"),
        (
            ["model=lenet5", "data=digits", "head=reconstruction"],
            "takes classes; the target of the data is input; use o",
        ),
        (
            ["model=lstm", "data=toy_ratings"],
            "model 'lstm' takes sequences or tokens; the data gives ids of 3 x 6 -> real(1); use one of "
            "matrix_factorization, or data=series or data=word_text",
        ),
        (
            ["model=matrix_factorization", "data=iris"],
            "model 'matrix_factorization' takes ids; the data gives real vector of 4 -> classes(3); use one of ada",
        ),
        (["model=matrix_factorization", "data=iris"], " ..., or data=ratings"),
        (
            ["model=mlp", "data=sines", "head=samples"],
            "; the target of the data is none; use head=reconstruction, or one of autoencoder, denoising_auto",
        ),
        (
            ["model=gan", "data=iris", "head=classification", "~task", "~loss"],
            "model 'gan' takes none; the target of the data is classes; use head=samples, or one of adaline, ",
        ),
        (
            ["model=gan", "data=ring", "~task"],
            "the default task takes classes or real or multilabel or next_token or input or sequence; the target of "
            "the data is none; task=... chooses another",
        ),
    ],
)
def test_messages_name_alternatives(overrides, message):
    with pytest.raises(UserError) as caught:
        built(*overrides)
    assert message in str(caught.value)


@pytest.mark.parametrize("data", ["xor", "digits", "toy_ratings"])
def test_named_alternatives_can_be_built(data):
    spec = build_data(api.plain(compose(["model=mlp", f"data={data}"]))).spec.without_target()
    for name in compatible_models(spec):
        built(f"model={name}", f"data={data}")
    assert bool(compatible_models(spec)) == (data != "toy_ratings")


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


def test_advice_for_a_rule_works():
    assert isinstance(built("model=perceptron", "loss=hinge", "~rule").loss, Hinge)
    assert isinstance(built("model=perceptron", "head=classification", "~rule").loss, CrossEntropy)


@pytest.mark.parametrize(
    ("overrides", "optimizer", "lr"),
    [
        (["model=linear", "rule=perceptron"], "SGD", 0.1),
        (["model=linear", "rule=margin_perceptron"], "SGD", 0.1),
        (["model=linear", "rule=widrow_hoff"], "SGD", 0.0003),
        (["model=perceptron", "rule=widrow_hoff"], "SGD", 0.0003),
        (["model=mlp", "rule=perceptron", "optimizer.lr=0.5"], "SGD", 0.5),
        (["model=linear", "rule=widrow_hoff", "optimizer=adam"], "Adam", 0.001),
        (["optimizer=adam", "model=perceptron"], "Adam", 0.001),
        (["model=winnow"], "ExponentiatedGradient", 0.693),
        (["model=linear"], "Adam", 0.001),
    ],
)
def test_rule_sets_the_default_optimizer(overrides, optimizer, lr):
    (found,), _ = built(*overrides, "data=iris").configure_optimizers()
    assert (type(found).__name__, found.param_groups[0]["lr"]) == (optimizer, lr)


def test_model_configs_set_loss_or_rule():
    assert isinstance(built("model=linear_svm").loss, Hinge)
    assert isinstance(built("model=logistic_regression", "loss=hinge").loss, Hinge)  # overrides the config
    pocket = built("model=pocket", "data=xor")
    assert isinstance(pocket, Pocket)
    assert isinstance(pocket.loss, Perceptron)
    assert not any(p.any() for p in pocket.net.parameters())
    assert pocket.net.model.linear.out_features == 1


def test_user_defined_network(monkeypatch):
    class Mine(torch.nn.Module):
        traits = Traits(inputs=("vector",), targets=("classes",))

        def __init__(self, *, in_features: int, num_classes: int, width: int = 3) -> None:
            super().__init__()
            self.layers = torch.nn.Sequential(torch.nn.Linear(in_features, width), torch.nn.Linear(width, num_classes))

        def forward(self, x):
            return self.layers(x)

    monkeypatch.setitem(globals(), "Mine", Mine)
    Mine.__module__ = __name__
    config = api.plain(compose(["model=linear", "data=xor"]))
    config |= {"model": {"_target_": f"{__name__}.Mine", "width": 4}, "allow": [__name__], "choices": {}}
    spec = build_data(config).spec
    net = build_network(config, spec, build_loss(config, spec))
    assert [tuple(layer.weight.shape) for layer in net.model.layers] == [(4, 2), (2, 4)]
    logistic = {**config, "loss": {"_target_": "nnzoo.losses.margin.logistic.Logistic"}}
    with pytest.raises(UserError, match="takes 1 output; model 'Mine' gives one for each of 2 classes"):
        build_network(logistic, spec, build_loss(logistic, spec))


@pytest.mark.parametrize(
    ("sizes", "given", "sklearns"),
    [
        ((120, 20), "balanced", "balanced"),
        ((120, 30, 10), "balanced", "balanced"),
        ((120, 30, 10), "[1,4,2]", {0: 1, 1: 4, 2: 2}),
    ],
)
def test_class_weights_agree_with_scikit_learn(sizes, given, sklearns):
    """At the minimum of the weighted loss, for overlapping classes of different sizes."""
    generator = np.random.default_rng(0)
    x = np.concatenate([generator.normal(k, 1.2, (n, 2)) for k, n in enumerate(sizes)])
    y = np.repeat(range(len(sizes)), sizes)
    model = "softmax_regression" if len(sizes) > 2 else "logistic_regression"
    own = ["data=array", "data.path=null", "data.val=0", "data.standardize=false", "loader.batch_size=1000"]
    how = ["optimizer=sgd", "optimizer.lr=1", f"class_weight={given}", "trainer.accelerator=cpu"]
    config = api.plain(compose([f"model={model}", *own, *how]))
    data = build_data(config, (x, y, x, y))
    task, (batch,) = build_task(config, data), data.train_loader(batch_size=1000)
    (optimizer,), _ = task.configure_optimizers()
    for _ in range(1500):
        task.update(batch, optimizer)
    theirs = LogisticRegression(class_weight=sklearns, C=np.inf, tol=1e-10, max_iter=1000).fit(x, y)
    found = task.loss.probabilities(task.net(torch.tensor(x, dtype=torch.float32), None))
    np.testing.assert_allclose(found.detach(), theirs.predict_proba(x), atol=2e-4)


def test_weights_depend_only_on_the_seed():
    torch.manual_seed(5)
    one = built("model=linear", "data=xor", "seed=3").net.state_dict()
    torch.manual_seed(6)
    for overrides, equal in ((["seed=3"], True), (["seed=4"], False)):
        other = built("model=linear", "data=xor", *overrides).net.state_dict()
        assert all(torch.equal(v, other[k]) for k, v in one.items()) == equal


def test_images_without_class_folders(tmp_path):
    for number in range(9):
        Image.new("L", (4, 4), number).save(tmp_path / f"{number}.png")
    data = ["data=image_folder", f"data.path={tmp_path}"]
    for model in ("autoencoder", "rbm", "gan"):
        assert built(f"model={model}", *data).spec.target in ("input", "none")
    with pytest.raises(UserError, match="contains pictures but no folders; the pictures of each class must be in"):
        built("model=mlp", *data)
