"""Overrides without effect are refused, and only those."""

import pytest
from nnzoo import api
from nnzoo.config.checks import check_hydra
from nnzoo.config.compose import compose
from nnzoo.config.grammar import parse_override
from nnzoo.config.ineffective import is_met, is_within, repeated, without_validation
from nnzoo.config.instantiate import locate
from nnzoo.config.inventory import options
from nnzoo.config.signatures import ignored_settings, solves_in_one_epoch
from nnzoo.errors import UserError
from nnzoo.tasks.learners.closed_form import Ridge
from nnzoo.training.run import run

from tests.support.commands import exit_code

SOLVED = "has no effect with task '{}'; leave it out"
GIVEN = "has no effect: the weights of model 'threshold_mlp' are fixed, not learned"
BITS = ("model=threshold_mlp", "data=consecutive_ones", "loss=logistic")
REFUSED = {
    ("model=ridge", "optimizer.lr=123"): f"optimizer.lr {SOLVED.format('ridge')}",
    ("model=ridge", "optimizer=sgd"): f"optimizer {SOLVED.format('ridge')}",
    ("model=ridge", "++optimizer.lr=1"): f"optimizer.lr {SOLVED.format('ridge')}",
    ("model=fisher", "optimizer=sgd", "optimizer.lr=1"): (
        f"optimizer {SOLVED.format('fisher')}; optimizer.lr {SOLVED.format('fisher')}"
    ),
    ("model=logistic_regression", "task=newton", "scheduler=step"): f"scheduler {SOLVED.format('newton')}",
    ("model=esn", "data=sines", "task=ridge", "trainer.gradient_clip_val=1"): (
        f"trainer.gradient_clip_val {SOLVED.format('ridge')}"
    ),
    ("model=mlp", "transforms=[shift,flip,shift]"): "transforms: naming shift twice has no effect; name it once",
    ("model=pca", "init=identity"): f"init {SOLVED.format('pca')}",
    ("model=pca", "optimizer.lr=1"): f"optimizer.lr {SOLVED.format('pca')}",
    ("model=pca", "trainer.max_epochs=20"): (
        "trainer.max_epochs=20 has no effect with task 'pca', which takes one epoch; leave it out"
    ),
    ("model=ridge", "trainer.max_epochs=-1"): (
        "trainer.max_epochs=-1 has no effect with task 'ridge', which takes one epoch; leave it out"
    ),
    ("model=mlp", "model.hidden=[]", "model.activation=tanh", "model.norm=batch", "model.dropout=0.5"): (
        "model.activation=tanh has no effect with model.hidden=[]; leave it out; "
        "model.norm=batch has no effect with model.hidden=[]; leave it out; "
        "model.dropout=0.5 has no effect with model.hidden=[]; leave it out"
    ),
    ("model=vgg_small", "model.dense_units=[]", "model.dropout=0.2"): (
        "model.dropout=0.2 has no effect with model.dense_units=[]; leave it out"
    ),
    ("model=fractalnet", "model.columns=1", "model.drop=0.2", "model.global_share=0.1"): (
        "model.drop=0.2 has no effect with model.columns=1; leave it out; "
        "model.global_share=0.1 has no effect with model.columns=1; leave it out"
    ),
    ("model=densenet40", "model.blocks=[4]", "model.compression=0.5"): (
        "model.compression=0.5 has no effect with model.blocks=[4]; leave it out"
    ),
    ("model=conv_pattern", "model.hidden=32"): (
        "model.hidden=32 has no effect with model.pattern=CRCRPCRCRPF; leave it out"
    ),
    ("model=conv_pattern", "model.pattern=CRF", "model.kernel=5", "model.pool=3", "model.pool_stride=1"): (
        "model.pool=3 has no effect with model.pattern=CRF; leave it out; "
        "model.pool_stride=1 has no effect with model.pattern=CRF; leave it out"
    ),
    ("model=sparse_autoencoder", "model.activation=tanh"): (
        "model.activation=tanh has no effect with model.hidden=[] and model.decoder_hidden=null; leave it out"
    ),
    ("model=matrix_factorization", "data=ratings", "data.path=ratings.csv", "model.rank=0", "model.init_std=0.5"): (
        "model.init_std=0.5 has no effect with model.rank=0; leave it out"
    ),
    ("model=ridge", "trainer.compile=true"): f"trainer.compile {SOLVED.format('ridge')}",
    ("model=pmi_svd", "data=cooccurrences", "init=he", "model.init_std=1"): (
        f"init {SOLVED.format('pmi_svd')}; model.init_std {SOLVED.format('pmi_svd')}"
    ),
    ("model=pmi_svd", "data=cooccurrences", "data.negatives=0"): f"data.negatives {SOLVED.format('pmi_svd')}",
    ("model=matrix_factorization", "data=karate", "data.affinity=jaccard", "data.weighted=false"): (
        "data.weighted has no effect with data.affinity=jaccard; leave it out"
    ),
    ("model=pv_dm", "data=corpus", "data.val=0.2", "data.test=0.1"): (
        "data.val has no effect with data.documents=lines; leave it out; "
        "data.test has no effect with data.documents=lines; leave it out"
    ),
    ("model=linear", "+task._target_=nnzoo.tasks.learners.fisher.Fisher", "optimizer.lr=1"): (
        f"optimizer.lr {SOLVED.format('Fisher')}"
    ),
    (*BITS, "optimizer.lr=1"): f"optimizer.lr {GIVEN}",
    (*BITS, "scheduler=step"): f"scheduler {GIVEN}",
    (*BITS, "init=he"): f"init {GIVEN}",
    ("trainer.overfit_batches=1", "trainer.limit_train_batches=3"): (
        "trainer.limit_train_batches has no effect together with trainer.overfit_batches"
    ),
    ("trainer.gradient_clip_algorithm=value",): (
        "trainer.gradient_clip_algorithm has no effect without trainer.gradient_clip_val"
    ),
    ("scheduler=step", "+scheduler.monitor=val/loss"): (
        "scheduler.monitor has no effect on StepLR; scheduler=plateau uses it"
    ),
    ("trainer.check_val_every_n_epoch=5", "trainer.max_epochs=4"): (
        "trainer.check_val_every_n_epoch=5 is more than trainer.max_epochs=4: validation would never run"
    ),
    ("hydra.run.dir=/tmp/runs",): "hydra.run.dir has no effect; output_dir and name set the directory of a run",
    ("hydra.sweep.dir=runs", "hydra.sweep.subdir=x"): (
        "hydra.sweep.dir has no effect; output_dir and name set the directory of a run; "
        "hydra.sweep.subdir has no effect; output_dir and name set the directory of a run"
    ),
    ("++hydra.job.chdir=true",): "hydra.job.chdir has no effect; a run does not change the working directory",
    ("hydra.mode=MULTIRUN",): "hydra.mode has no effect; nnzoo train -m starts several runs",
}
EFFECTIVE = [
    ("model=pv_dm", "data=corpus", "data.documents=files", "data.val=0.2"),
    ("model=matrix_factorization", "data=cooccurrences", "model.init_std=1"),
    ("model=ridge", "trainer.gradient_clip_val=null", "task.penalty=1", "trainer.max_epochs=1"),
    ("model=pca", "trainer.max_epochs=0"),
    ("model=logistic_regression", "task=newton", "trainer.max_epochs=20"),
    ("model=mlp", "model.hidden=[]", "model.norm=none", "model.dropout=0", "model.bias=false"),
    ("model=mlp", "model.activation=tanh"),
    ("model=sparse_autoencoder", "model.decoder_hidden=[8]", "model.activation=tanh"),
    ("model=sparse_autoencoder", "model.code_activation=sigmoid"),
    ("model=matrix_factorization", "data=ratings", "data.path=ratings.csv", "model.rank=1", "model.init_std=0.5"),
    ("model=fractalnet", "model.columns=2", "model.drop=0.2"),
    ("model=fractalnet", "model.columns=1", "model.drop=0"),
    ("model=densenet40", "model.blocks=[4,4]", "model.compression=0.5"),
    ("model=conv_pattern", "model.pattern=CPFRF", "model.hidden=32", "model.pool=3"),
    ("model=conv_pattern", "model.pattern=CP(FR)2F", "model.hidden=32"),
    ("model=ridge", "~optimizer.betas"),
    ("model=esn", "data=sines", "task=ridge_start", "optimizer.lr=1"),
    ("model=ridge", "~task", "optimizer.lr=1"),
    ("model=perceptron", "optimizer.lr=1", "scheduler=step", "trainer.gradient_clip_val=1"),
    ("trainer.gradient_clip_algorithm=value", "trainer.gradient_clip_val=1"),
    ("scheduler=plateau", "scheduler.monitor=val/acc"),
    ("trainer.check_val_every_n_epoch=5", "trainer.max_epochs=5"),
    ("trainer.check_val_every_n_epoch=5", "trainer.max_steps=4"),
    ("trainer.check_val_every_n_epoch=5", "trainer.max_epochs=1", "trainer.limit_val_batches=0"),
    ("trainer.max_epochs=0",),
    ("experiment=mmds/consecutive_ones_exact",),
    ("hydra/launcher=basic", "+hydra.job.env_set.A=b"),
    (*BITS, "seed=1"),
]


@pytest.mark.parametrize("overrides", REFUSED, ids=" ".join)
def test_ineffective_override_gives_a_one_line_error(overrides):
    with pytest.raises(UserError) as caught:
        compose(overrides)
    assert str(caught.value) == REFUSED[overrides]


@pytest.mark.parametrize("overrides", EFFECTIVE, ids=" ".join)
def test_what_has_an_effect_passes(overrides):
    compose(overrides)


def test_check_hydra():
    check_hydra(["model=mlp", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"])
    with pytest.raises(UserError, match=r"^hydra\.output_subdir has no effect; output_dir and name set the"):
        check_hydra(["model=mlp", "+hydra.output_subdir=x"])


def test_ineffective_override_on_the_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert exit_code("train", "model=ridge", "optimizer.lr=123") == 2
    assert capsys.readouterr().err == f"nnzoo: {REFUSED['model=ridge', 'optimizer.lr=123']}\n"
    assert not list(tmp_path.iterdir())


def test_ignored_settings_are_those_of_the_class_and_its_bases():
    for name, file in options("task").items():
        target = next(line.split()[-1] for line in file.read_text().splitlines() if "_target_:" in line)
        every = (vars(base).get("ignores", frozenset()) for base in locate(target).__mro__)
        assert ignored_settings(target) == frozenset().union(*every), name
    assert ignored_settings("nnzoo.tasks.learners.newton.Newton") == Ridge.ignores != frozenset()


def test_one_epoch_equals_the_class_attribute():
    for name, file in options("task").items():
        target = next(line.split()[-1] for line in file.read_text().splitlines() if "_target_:" in line)
        assert solves_in_one_epoch(target) == getattr(locate(target), "one_epoch", False), name
    assert solves_in_one_epoch("nnzoo.tasks.learners.fisher.Fisher")
    assert not solves_in_one_epoch("nnzoo.tasks.learners.newton.Newton")


def test_ignored_settings_do_not_change_the_metrics(tmp_path):
    """The metrics are the same for any values of these settings."""
    config = api.plain(compose(["model=ridge", "data=iris", "~logger", "~callbacks"]))
    changed = api.plain(compose(["model=linear", "optimizer=sgd", "optimizer.lr=5", "scheduler=step"]))
    trainer = {"gradient_clip_val": 1e-3, "gradient_clip_algorithm": "value", "steps_per_slice": 1}
    other = config | {key: changed[key] for key in ("optimizer", "scheduler")}
    other["trainer"] = config["trainer"] | trainer
    other["penalties"] = api.plain(compose(["penalties=weights"]))["penalties"]
    other |= {"freeze": ["*.bias"], "lr_factors": {"*.weight": 2.0}}
    touched = {"freeze", "lr_factors", "optimizer", "scheduler", *(f"trainer.{key}" for key in trainer)}
    assert touched | {"trainer.compile", "trainer.engine", "penalties"} == Ridge.ignores
    assert run(other, [], parent=tmp_path).metrics == run(config, [], parent=tmp_path).metrics


@pytest.mark.parametrize(
    ("need", "model", "met"),
    [
        ("norm", {"norm": "batch"}, True),
        ("norm", {"norm": None}, False),
        ("norm", {}, False),
        (("layers", 2), {"layers": 2}, True),
        (("layers", 2), {"layers": 1}, False),
        (("hidden", 2), {"hidden": [8, 8]}, True),
        (("hidden", 2), {"hidden": [8]}, False),
        (("hidden", 2), {"hidden": None}, True),  # not known
        (("kind", "^gru|lstm$"), {"kind": "lstm"}, True),
        (("kind", "^gru|lstm$"), {"kind": "rnn"}, False),
        (("kind", "^gru|lstm$"), {"kind": 3}, False),
    ],
)
def test_needs_of_a_setting(need, model, met):
    assert is_met(need, model) is met


@pytest.mark.parametrize(
    ("every", "epochs", "limit", "errors"),
    [
        (5, 5, None, 0),
        (6, 5, None, 1),
        (6, 5, 0, 0),
        (6, 5, 3, 1),
        (6, None, None, 0),
        (6, -1, None, 0),
        (2, 0, None, 1),
        (1, 0, None, 0),
    ],
)
def test_validation_that_would_never_run(every, epochs, limit, errors):
    trainer = {"check_val_every_n_epoch": every, "max_epochs": epochs, "limit_val_batches": limit}
    assert len([*without_validation(trainer)]) == errors


def test_option_that_is_named_twice():
    given = [*map(parse_override, ("transforms=[shift,noise,shift]", "metrics=[f1]", "seed=3", "callbacks=none"))]
    assert list(repeated(given)) == ["transforms: naming shift twice has no effect; name it once"]


def test_keys_within_settings():
    assert is_within("optimizer.lr", {"optimizer"})
    assert is_within("optimizer", {"optimizer"})
    assert not is_within("optimizers", {"optimizer"})
    assert not is_within("optimizer", {"optimizer.lr"})
