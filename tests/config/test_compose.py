import pytest
from hydra.core.global_hydra import GlobalHydra
from nnzoo.config.compose import compose
from nnzoo.config.files import configs_dir, model_config
from nnzoo.errors import UserError, join_names

MODELS = join_names(sorted(path.stem for path in configs_dir().glob("model/*.yaml")))
PACKAGES = "nnzoo, torch, torchvision, torchmetrics, pytorch_lightning, optuna"
FOREIGN = f"'os.system' is not allowed; only classes of {PACKAGES}; if you trust it, add 'allow=[os]'"
WRONG = {
    # misspelt
    ("model=mpl",): "unknown model 'mpl'; did you mean 'mlp'?",
    ("callbacks=[emma,3]",): "unknown callbacks 'emma'; did you mean 'ema'?",
    ("metrics=[f1,true]",): "unknown metrics 'True'; one of: f1",
    ("modle=mlp",): "unknown key 'modle'; did you mean 'model'?",
    ("optimizer=sgdd",): "unknown optimizer 'sgdd'; did you mean 'sgd'?",
    ("model=mlp", "model.hiden=[4]"): "unknown key 'model.hiden'; did you mean 'model.hidden'?",
    ("model=mlp", "+model.hiden=[4]"): "unknown key 'model.hiden'; did you mean 'model.hidden'?",
    ("model=mlp", "++model.hiden=[4]"): "unknown key 'model.hiden'; did you mean 'model.hidden'?",
    ("model=pv_dm", "data=sentence_polarity"): (
        "model=pv_dm sets data.documents, which data=sentence_polarity does not have; use data=corpus"
    ),
    ("model=pv_dm", "data=corpus", "data.documentz=lines"): (
        "unknown key 'data.documentz'; did you mean 'data.documents'?"
    ),
    ("model=linear_svm", "optimizer=exponentiated_gradient"): (
        "model=linear_svm sets optimizer.weight_decay, which optimizer=exponentiated_gradient does not have; "
        "'~optimizer.weight_decay' removes it"
    ),
    ("penalties.weights.weight=1",): "unknown key 'penalties.weights'; choose penalties=weights first",
    ("+seeed=3",): "unknown key 'seeed'; did you mean 'seed'?",
    ("+trainer.max_epoch=3",): "unknown key 'trainer.max_epoch'; did you mean 'trainer.max_epochs'?",
    ("callbacks.best.moniter=val/acc",): (
        "unknown key 'callbacks.best.moniter'; did you mean 'callbacks.best.monitor'?"
    ),
    ("~callbacks.bset",): "unknown key 'callbacks.bset'; did you mean 'callbacks.best'?",
    ("seed.x=3",): "'seed' is 0; it has no key 'x'",
    ("choices.model=mlp",): "unknown key 'choices.model'; 'choices' has no keys",
    ("experiment=zaki_meira/lenet5_mnst",): (
        "unknown experiment 'zaki_meira/lenet5_mnst'; did you mean 'zaki_meira/lenet5_mnist'?"
    ),
    ("experiment=lenet5_mnist",): "unknown experiment 'lenet5_mnist'; did you mean 'zaki_meira/lenet5_mnist'?",
    ("hydra.verbos=true",): "unknown key 'hydra.verbos'; did you mean 'hydra.verbose'?",
    ("hydra.job.nam=a",): "unknown key 'hydra.job.nam'; did you mean 'hydra.job.name'?",
    # the wrong type
    ("seed=abc",): "seed: Value 'abc' of type 'str' could not be converted to Integer",
    ("trainer.max_epochs=1.5",): ("trainer.max_epochs: Value '1.5' of type 'float' could not be converted to Integer"),
    ("optimizer.lr=fast",): "optimizer.lr is 'fast'; it takes float",
    ("optimizer.lr=true",): "optimizer.lr is True; it takes float",
    ("data.size=2.5",): "data.size is 2.5; it takes int",
    ("model=mlp", "model.hidden=4"): "model.hidden is 4; it takes a list of int",
    ("model=mlp", "model.norm=bacth"): "model.norm is 'bacth'; it takes none | batch | layer",
    ("callbacks.best.mode=big",): "callbacks.best.mode is 'big'; it takes auto | min | max",
    ("model=mlp", "model.bias=3", "model.hidden=x"): (
        "model.hidden is 'x'; it takes a list of int; model.bias is 3; it takes bool"
    ),
    # cannot be read
    ("seed",): "cannot read 'seed'; a setting has the form key=value",
    ("model.hidden=[4,5",): (
        "cannot read 'model.hidden=[4,5'; a bracket is not closed; quote lists with spaces in the shell: 'key=[1, 2]'"
    ),
    ("data=array", "data.path='my file.csv"): (
        "cannot read 'data.path='my file.csv'; a quotation mark is not closed; "
        "in the shell, quote the whole setting as well: \"key='a value'\""
    ),
    ("model.größe=4",): (
        "cannot read 'model.größe=4'; 'model.größe' is not a key; "
        "keys are words separated by dots, such as model.hidden"
    ),
    ("init={he}",): "cannot read 'init={he}'; lists have the form 'key=[1, 2]', mappings the form 'key={a: 1}'",
    ("data=array", "data.path=Smith, 2020.csv"): (
        "data.path=Smith, 2020.csv has several values; nnzoo train -m trains with each of them, [1,2] is a list, "
        "\"data.path='Smith, 2020.csv'\" is one value"
    ),
    ("seed=1,2",): "seed=1,2 has several values; nnzoo train -m trains with each of them, [1,2] is a list",
    ("model.activation=${nothing}",): "model.activation: Interpolation key 'nothing' not found",
    # missing
    ("data=array",): "data.path must be given",
    ("~model",): "model must be given",
    ("model=null",): f"model=null: it is required; there are: {MODELS}",
    ("debug=null",): "debug=null: '~debug' removes it; there are: fast, overfit, profile",
    ("+loss.delta=2",): "loss has no _target_, the name of its class; choose loss=...",
    ("+callbacks.x.y=2",): "callbacks.x has no _target_, the name of its class",
    # together with a missing value
    ("data=array", "data.path=d.npz", "optimizer.learning_rate=1"): (
        "unknown key 'optimizer.learning_rate'; there are: amsgrad, betas, eps, lr, weight_decay"
    ),
    ("data=series", "data.path=d.npz", "modle=mlp"): "unknown key 'modle'; did you mean 'model'?",
    ("data=array", "data.pat=d.npz"): "unknown key 'data.pat'; did you mean 'data.path'?",
    ("data=series", "data.path=d.npz", "seed=0,1"): (
        "seed=0,1 has several values; nnzoo train -m trains with each of them, [1,2] is a list"
    ),
    # filled in from the data
    ("model=mlp", "model.in_features=5"): "'model.in_features' comes from the data; leave it out",
    # classes that are not allowed
    ("model._target_=os.system",): f"model._target_ {FOREIGN}",
    ("+metrics.x={_target_:os.system}",): f"metrics.x._target_ {FOREIGN}",
    ("+model.x=[[{_target_:os.system}]]",): (
        f"unknown key 'model.x'; there are: activation; model.x[0][0]._target_ {FOREIGN}"
    ),
}


@pytest.mark.parametrize("overrides", WRONG, ids=" ".join)
def test_invalid_overrides_give_a_one_line_error(overrides):
    with pytest.raises(UserError) as caught:
        compose(overrides)
    assert str(caught.value) == WRONG[overrides]


def test_many_invalid_overrides_are_tested():
    assert len(WRONG) >= 30


def test_overrides_set_values():
    config = compose(["model=mlp", "model.hidden=[3,4]", "seed=7", "callbacks=none", "+optimizer.maximize=true"])
    assert config.model.hidden == [3, 4]
    assert config.data.seed == 7
    assert config.callbacks == {}
    assert config.optimizer.maximize is True
    assert (config.choices.model, config.choices.callbacks, config.choices.loss) == ("mlp", "none", None)
    assert "hydra" not in config


@pytest.mark.parametrize(
    "model", ["ar", "contractive_autoencoder", "irnn", "linear_autoencoder", "plsa", "pooled_mlp", "scrn"]
)
def test_the_learning_rate_of_a_network_is_that_of_its_default_optimizer_alone(model):
    assert compose([f"model={model}"]).optimizer == compose(["optimizer=adam", "optimizer.lr=0.01"]).optimizer
    for optimizer in ("adam", "sgd"):
        chosen = [f"optimizer={optimizer}"]
        assert compose([f"model={model}", *chosen]).optimizer == compose(chosen).optimizer


def test_tilde_removes_an_option():
    name = "experiment=mmds/consecutive_ones_exact"
    assert compose([name]).loss is not None
    assert compose([name, "~loss"]).loss is None


def test_allow_permits_a_further_package():
    assert compose(["model._target_=os.system", "allow=[os]", "~model.activation"]).model == {"_target_": "os.system"}


def test_global_hydra_is_restored():
    before = GlobalHydra.instance().hydra
    compose([])
    assert GlobalHydra.instance().hydra is before


def test_model_config():
    assert model_config("linear") == {"_target_": "nnzoo.models.linear.Linear", "bias": True}
    with pytest.raises(UserError, match="unknown model 'liner'; did you mean 'linear'"):
        model_config("liner")


@pytest.mark.parametrize(
    ("override", "hint"),
    [
        ("epochs=3", r"did you mean 'trainer\.max_epochs'\?"),
        ("lr=0.1", r"did you mean 'optimizer\.lr'\?"),
        ("batch_size=4", r"did you mean 'loader\.batch_size'\?"),
        ("modle=mlp", r"did you mean 'model'\?"),
        ("data.path=x.csv", "data=array data.path=FILE reads your own table"),
    ],
)
def test_hint_for_a_setting_of_another_section(override: str, hint: str) -> None:
    with pytest.raises(UserError, match=hint):
        compose([override])


def test_a_second_checkpoint_needs_no_more_settings_than_lightnings():
    second = "+callbacks.second={_target_: pytorch_lightning.callbacks.ModelCheckpoint, monitor: val/loss}"
    assert compose([second]).callbacks.second.monitor == "val/loss"


def test_a_mapping_is_no_option() -> None:
    with pytest.raises(UserError, match=r"^unknown model '\{'a': 1\}'; one of: "):
        compose(["model={a:1}"])


def test_classes_in_place_of_options_and_settings_of_hydra():
    assert compose(["optimizer=torch.optim.Rprop"]).optimizer._target_ == "torch.optim.Rprop"
    with pytest.raises(UserError, match=r"^hydra\.run\.dir has no effect; output_dir and name set the directory"):
        compose(["hydra.run.dir=x"])
