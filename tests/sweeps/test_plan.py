"""Commands of sweeps: what they mean, and one-line errors before torch is imported."""

import pytest
from nnzoo.config.composer import Composer
from nnzoo.errors import UserError
from nnzoo.sweeps.plan import check_vectorized, is_varied, options_in_errors, read_plan, with_new_keys
from nnzoo.sweeps.space import Choice, Range
from nnzoo.sweeps.strategies.coarse_to_fine import CoarseToFine
from nnzoo.sweeps.strategies.grid import Grid
from nnzoo.sweeps.strategies.multi_resolution import MultiResolution
from nnzoo.sweeps.strategies.random import Random
from nnzoo.sweeps.strategies.sampled import Sampled

LR = "optimizer.lr=tag(log,interval(1e-4,1e-1))"


def test_grid():
    plan = read_plan(["model=mlp,linear", "data=iris", "optimizer.lr=0.1,0.01", "seed=0,1,2"])
    assert plan.overrides == ("data=iris",)
    assert plan.space.params == (Choice("model", ("mlp", "linear")), Choice("optimizer.lr", ("0.1", "0.01")))
    assert plan.replicates == tuple((("seed", k),) for k in range(3))
    assert plan.trials == 4
    assert not plan.prunes


@pytest.mark.parametrize(
    ("option", "kind", "trials"),
    [
        ("random", Random, 20),
        ("multi_resolution", MultiResolution, 20),
        ("coarse_to_fine", CoarseToFine, None),
        ("racing", Random, 40),
        ("tpe", Sampled, 40),
    ],
)
def test_strategies(option, kind, trials):
    plan = read_plan([f"sweep={option}", LR])
    assert type(plan.strategy) is kind
    assert plan.trials == trials
    assert plan.prunes == (option == "racing")
    assert plan.space.params == (Range("optimizer.lr", 1e-4, 1e-1, log=True),)


def test_points_of_a_range():
    plan = read_plan([LR, "sweep.strategy.points=4"])
    assert isinstance(plan.strategy, Grid)
    assert plan.trials == 4


def test_options_by_a_pattern():
    (param,) = read_plan(["model=glob(m*lp)"]).space.params
    assert param == Choice("model", ("maxout_mlp", "mlp"))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["optimizer.lr=0.1,0.2", "optimizer.lr=0.3,0.4"],
            "'optimizer.lr=0.1,0.2': optimizer.lr is given twice; leave",
        ),
        (
            ["optimizer.lr=0.3", "optimizer.lr=0.1,0.2"],
            "'optimizer.lr=0.1,0.2': optimizer.lr is given twice; leave one",
        ),
        (["cv=3,5"], "'cv=3,5': a sweep has one value of cv"),
        (["output_dir=a,b"], "'output_dir=a,b': a sweep has one value of output_dir"),
        (["name=a,b"], "'name=a,b': a sweep has one value of name"),
        (["~sweep", LR], "sweep.strategy is '???'; sweep=grid, random, ... chooses the strategy"),
        (["sweep.strategy=random", LR], "sweep.strategy is 'random'; sweep=grid, random, ... chooses the strategy"),
        (["sweep.params.optimizer.lrr=[1,2]"], "unknown key 'optimizer.lrr'; did you mean 'optimizer.lr'?"),
        (["++sweep.param.lr=[1,2]"], "unknown key 'sweep.param'; did you mean 'sweep.params'?"),
        (["+optimizer.lr=0.1,0.2"], "'+optimizer.lr=0.1': optimizer.lr exists already; leave out the +"),
        (["sweep.pruner=median", LR], "sweep.pruner is 'median'; pruner=median, halving or hyperband chooses"),
        (
            ["sweep=tpe", LR, "sweep.strategy.sampler.n_startup_trials=x"],
            "sweep.strategy.sampler.n_startup_trials is 'x'",
        ),
        (["optimizer.lr=1,2", "sweep.strategy.points=5"], "sweep.strategy.points=5 has no effect: no parameter is a"),
        (["sweep=random", "sweep.trials=0", LR], "sweep.trials is 0; it must be at least 1"),
        (["seed=-1,1"], "seed is '-1'; it takes integers from 0"),
    ],
)
def test_settings_that_do_not_vary_as_given(overrides, message):
    with pytest.raises(UserError) as caught:
        read_plan(overrides)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("overrides", "given", "varied"),
    [
        ([], [], False),
        (["sweep.params.optimizer.lr=[0.1,0.2]"], [], True),
        (["sweep.params.optimizer.lr=[0.1,0.2]"], ["optimizer.lr=0.1"], False),
        (["seeds=3"], [], True),
        (["seeds=3"], ["seed=1"], False),
        (["cv=3"], [], True),
        (["cv=3"], ["fold=1"], False),
    ],
)
def test_sweep_that_a_config_file_describes(overrides, given, varied):
    """overrides: in place of the file. The command that repeats a run of the sweep sets all that varies."""
    config = Composer([*map(with_new_keys, overrides), *given]).whole()
    assert is_varied(config, [text.partition("=")[0] for text in given]) == varied


def test_other_sampler():
    """Settings of the default sampler that it does not have are dropped; those that were given are errors."""
    chosen = ["sweep=tpe", LR, "sweep.strategy.sampler._target_=optuna.samplers.QMCSampler"]
    plan = read_plan([*chosen, "+sweep.strategy.sampler.scramble=true"])
    assert type(plan.strategy.sampler_of(0)).__name__ == "QMCSampler"
    with pytest.raises(UserError, match="unexpected keyword argument 'multivariate'"):
        read_plan([*chosen, "sweep.strategy.sampler.multivariate=true"])


def test_pattern_without_a_match():
    with pytest.raises(UserError, match=r"^'optimizer=glob\(zz\*\)': no option of optimizer matches; nnzoo list opt"):
        read_plan(["optimizer=glob(zz*)"])


def test_seeds_start_with_the_seed():
    assert read_plan(["seeds=2", "seed=7"]).replicates == ((("seed", 7),), (("seed", 8),))


def test_folds_and_seeds():
    plan = read_plan(["cv=3", "seeds=2", "data=iris"])
    assert len(plan.replicates) == 6
    assert dict(plan.replicates[-1]) == {"seed": 1, "fold": 2}
    assert plan.overrides == ("cv=3", "data=iris")
    assert plan.trials == 1


def test_parameters_in_a_config_of_the_user(tmp_path):
    """Keys with dots and nested mappings; the command line replaces a parameter."""
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(
        "# @package _global_\n"
        "defaults:\n  - override /sweep: random\n  - override /model: mlp\n  - override /pruner: median\n"
        "sweep:\n  trials: 7\n  workers: 2\n  params:\n"
        "    optimizer.lr: {low: 1.0e-4, high: 0.1, log: true}\n"
        "    model:\n      hidden: [[32], [64]]\n      dropout: interval(0,0.5)\n"
    )
    plan = read_plan(["experiment=mine"], tmp_path)
    assert plan.trials == 7
    assert plan.settings.workers == 2
    assert plan.prunes
    assert [param.key for param in plan.space.params] == ["optimizer.lr", "model.hidden", "model.dropout"]
    fixed = read_plan(["experiment=mine", "optimizer.lr=0.1", "model.hidden=[8],[9]"], tmp_path)
    assert {param.key: str(param) for param in fixed.space.params} == {
        "model.hidden": "[8],[9]",
        "model.dropout": "0.0 to 0.5",
    }
    assert "optimizer.lr=0.1" in fixed.overrides


def test_parameters_of_a_class_in_place_of_an_option():
    plan = read_plan(["optimizer=torch.optim.Rprop", "sweep.params.optimizer.lr=[0.1,0.2]", "model=linear"])
    assert plan.space.params == (Choice("++optimizer.lr", ("0.1", "0.2")),)


def test_parameters_on_the_command_line():
    plan = read_plan(
        ["sweep.params.optimizer.lr=[0.1,0.2]", "sweep.params={model.bias: [true, false]}", "model=linear"]
    )
    assert {param.key for param in plan.space.params} <= {"optimizer.lr", "model.bias"}


@pytest.mark.parametrize("change", ["sweep.workers=3", "sweep.max_failures=2", "sweep.top=3", "sweep.trials=50"])
def test_settings_that_do_not_change_the_trials(change):
    base = ["sweep=random", LR]
    assert read_plan(base).fingerprint() == read_plan([*base, change]).fingerprint()


@pytest.mark.parametrize("change", ["seeds=2", "optimizer=sgd", "sweep.metric=val/loss", "pruner=median", "model=mlp"])
def test_settings_that_change_the_trials(change):
    base = ["sweep=random", LR]
    assert read_plan(base).fingerprint() != read_plan([*base, change]).fingerprint()


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["sweep=random"], "nothing varies in this sweep: give a setting several values, such as"),
        (["sweep=random", "seeds=3"], "nothing to search: give a setting several values or a range, such as"),
        ([LR], "optimizer.lr is a range; a grid needs its number of values: sweep.strategy.points=5, or sweep=random"),
        (["sweep=random", "optimizer.lrr=interval(0,1)"], "unknown key 'optimizer.lrr'; did you mean 'optimizer.lr'?"),
        (["sweep=random", "optimizer.betas=interval(0,1)"], "optimizer.betas is 0.0; it takes a list of float"),
        (["optimizer.lr=0.1,abc"], "optimizer.lr is 'abc'; it takes float"),
        (["sweep=rondom", LR], "unknown sweep 'rondom'; did you mean 'random'?"),
        (["pruner=medien", LR], "unknown pruner 'medien'; did you mean 'median'?"),
        (
            ["pruner=median", LR, "sweep=random", "trainer.max_epochs=1"],
            "sweep.pruner has no effect: the runs have one",
        ),
        (
            ["pruner=median", "seeds=2", "model=fisher", "data=wine"],
            "sweep.pruner has no effect: the runs have one epoch",
        ),
        (["sweep.direction=max", "seeds=2"], "unknown sweep.direction 'max'; did you mean 'maximize'?"),
        (["sweep.workers=-1", "seeds=2"], "sweep.workers is -1; it must be at least 0"),
        (["sweep.wokers=1", "seeds=2"], "unknown key 'sweep.wokers'; did you mean 'sweep.workers'?"),
        (["sweep.trials=5", "seeds=2"], "sweep.trials has no effect with Grid"),
        (["sweep.workers=1,2", "seeds=2"], "'sweep.workers=1,2': a sweep has one value of sweep.workers"),
        (["seeds=0"], "seeds is 0; it must be from 1 to 100000"),
        (["seeds=2", "seed=1,2"], "seeds and several values of seed cannot be combined; leave one out"),
        (["seed=a,b"], "seed: Value 'a' of type 'str' could not be converted to Integer"),
        (["cv=1"], "cv is 1; it must be from 2 to 100000"),
        (["cv=3", "fold=0,5"], "fold is 5; with cv=3 it must be from 0 to 2"),
        (["sweep=coarse_to_fine", "sweep.strategy.points=4", LR], "CoarseToFine: points is 4; it must be odd"),
        (["sweep.strategy._target_=os.system", "seeds=2"], "'os.system' is not allowed"),
        (["sweep.strategy._target_=torch.nn.Linear", "seeds=2"], "_target_ 'torch.nn.Linear' is not a Strategy"),
    ],
)
def test_wrong_commands(overrides, message):
    with pytest.raises(UserError) as caught:
        read_plan(overrides)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_devices_of_runs_that_vary_need_processes():
    base = ["model=mlp", "data=iris", "trainer.devices=1,2"]
    with pytest.raises(UserError, match=r"sweep\.vectorized=true trains in one process; leave trainer\.devices out"):
        read_plan([*base, "sweep.vectorized=true"])
    with pytest.raises(UserError, match=r"set sweep\.workers=1"):
        read_plan([*base, "sweep.workers=0"])
    assert read_plan([*base, "sweep.workers=1"]).trials == 2
    assert read_plan(["seeds=2", "trainer.devices=2", "sweep.workers=1"]).devices == 2


def test_workers_of_a_vectorized_sweep():
    settings = {"pruner": None, "strategy": {}, "launcher": None, "workers": 2, "runs_per_worker": 5}
    check_vectorized(settings, ["sweep.trials"])  # the defaults are not used
    check_vectorized(settings | {"workers": 0}, ["sweep.workers"])
    for key, value in (("workers", 2), ("runs_per_worker", 5)):
        with pytest.raises(UserError, match=rf"^sweep\.{key}={value} has no effect with sweep\.vectorized=true"):
            check_vectorized(settings, [f"sweep.{key}"])


@pytest.mark.parametrize(
    ("options", "message", "expected"),
    [
        ([], "no luck", "no luck"),
        (["model=mlp"], "no luck", "no luck (with model=mlp)"),
        (["model=mlp", "data=iris"], "no luck", "no luck (with model=mlp data=iris)"),
        (["model=mlpp", "data=iris"], "unknown model 'mlpp'", "unknown model 'mlpp'"),
        (["model=mlp"], "unknown key 'model.x'", "unknown key 'model.x' (with model=mlp)"),
    ],
)
def test_errors_name_the_options_with_which_they_occur(options, message, expected):
    with pytest.raises(UserError) as caught, options_in_errors(options):
        raise UserError(message)
    assert str(caught.value) == expected


def test_needs_no_torch():
    from tests.support.processes import python

    text = (
        "import sys\nfrom nnzoo.sweeps.plan import read_plan\n"
        f"read_plan(['sweep=random', {LR!r}, 'model=mlp,linear', 'seeds=2'])\nprint('torch' in sys.modules)"
    )
    assert python("-c", text, check=True).stdout == "False\n"
