"""The config files against the constructors they are for."""

import inspect
from dataclasses import asdict, fields
from itertools import zip_longest

import pytest
import yaml
from nnzoo.config.catalogue import cards
from nnzoo.config.compose import SWEEP_GROUPS, compose
from nnzoo.config.files import configs_dir, model_config, options, read_config
from nnzoo.config.instantiate import find_class, targets
from nnzoo.config.schema import EXTERNAL, Config, TrainConfig, Trainer
from nnzoo.config.signatures import FILLED, REQUIRED, matches_type, parameters
from nnzoo.config.target_kinds import data_overrides, targets_of

GROUPS = [p.name for p in configs_dir().iterdir() if p.is_dir() and p.name not in ("experiment", "__pycache__")]
# Files that set what their class leaves to others, or otherwise than it does.
NAMED = {"xor", "embedded_reber", "tiny_shakespeare", "swa", "localizer"}
CLASSES = [card.target for card in cards().values()]
VARIANTS = {name for name, card in cards().items() if CLASSES.count(card.target) > 1} | NAMED
OF_SCHEDULES = ("interval", "monitor")  # no arguments of the class
REFERENCES = {"seed": "${seed}", "path": "???", "frequencies": "data"}  # what a file says in place of a default


def nodes():
    """(group/file, path, node) of every node with a target in the files of the groups."""
    for group in GROUPS:
        for name, file in options(group).items():
            for path, node in targets(yaml.safe_load(file.read_text())):
                yield f"{group}/{name}", path, node


NODES = list(nodes())
OURS = [n for n in NODES if n[2]["_target_"].startswith("nnzoo.")]
THEIRS = [n for n in NODES if n not in OURS]


def ids(found):
    return [" ".join(filter(None, n[:2])) for n in found]


def plain(value):
    return [plain(v) for v in value] if isinstance(value, tuple | list) else value


def test_lists_are_not_empty():
    assert len(GROUPS) >= 10
    assert len(OURS) >= 30
    assert len(THEIRS) >= 14


@pytest.mark.parametrize(("file", "path", "node"), OURS, ids=ids(OURS))
def test_ours_say_what_the_constructor_says(file, path, node):
    real = inspect.signature(find_class(node["_target_"], ())).parameters
    known = parameters(node["_target_"]) or {}
    if "__init__" in vars(find_class(node["_target_"], ())):
        named = {k: p for k, p in real.items() if p.kind is not p.POSITIONAL_ONLY}  # the others are given by a network
        assert {k: plain(p.default) for k, p in known.items()} == {k: plain(p.default) for k, p in named.items()}
    base = file.startswith("task/")  # what a task is given comes from elsewhere in the config
    settings = {k: v for k, v in node.items() if not k.startswith("_")}
    if file.startswith("scheduler/"):
        settings = {k: v for k, v in settings.items() if k not in OF_SCHEDULES}
    assert base or set(settings) == set(known) - set(FILLED)
    for key, value in settings.items():
        default = known[key].default
        if key in REFERENCES and value == REFERENCES[key]:
            continue
        assert matches_type(value, known[key].type), key
        if default is not REQUIRED and file.partition("/")[2] not in VARIANTS:
            assert value == plain(default), key


@pytest.mark.parametrize("target", sorted(set(CLASSES)))
def test_one_name_of_each_network_has_the_defaults(target):
    defaults = {k: plain(p.default) for k, p in parameters(target).items() if k not in FILLED}
    given = [model_config(name) for name, card in cards().items() if card.target == target]
    assert any(all(node[k] == v or v is REQUIRED for k, v in defaults.items()) for node in given)


@pytest.mark.parametrize(("file", "path", "node"), THEIRS, ids=ids(THEIRS))
def test_theirs_list_the_usual_arguments(file, path, node):
    names = {f.name for f in fields(EXTERNAL[node["_target_"]])}
    ours = {"_target_", "_partial_", "interval"} | ({"monitor"} if file.startswith("scheduler/") else set())
    assert set(node) - ours == names - ours


@pytest.mark.parametrize("target", EXTERNAL)
def test_external_arguments_are_real(target):
    real = inspect.signature(find_class(target, ())).parameters
    assert {f.name for f in fields(EXTERNAL[target])} <= set(real)


def test_every_group_is_in_the_schema():
    assert set(GROUPS) - {"debug", *SWEEP_GROUPS} <= {f.name for f in fields(Config)}
    assert set(SWEEP_GROUPS) - {"pruner", "launcher"} <= {f.name for f in fields(TrainConfig)}


def test_trainer_file_is_the_schema():
    assert yaml.safe_load((configs_dir() / "trainer" / "default.yaml").read_text()) == asdict(Trainer())


def test_what_an_experiment_sets_counts():
    # last, _self_ would silently cancel it
    defaults = yaml.safe_load((configs_dir() / "train.yaml").read_text())["defaults"]
    assert defaults[:2] == ["schema", "_self_"]


def together():
    """Overrides that between them choose every option of every group; a task may leave other choices without effect."""
    choices = {group: [f"{group}={name}" for name in options(group)] for group in GROUPS}
    learners = [choices.pop(group) for group in ("model", "task")]
    losses = [(loss,) for loss in choices.pop("loss")]
    rows = [*zip_longest(*choices.values()), *zip_longest(*learners), *losses]
    return [tuple(filter(None, row)) for row in rows]


@pytest.mark.parametrize("overrides", together())
def test_every_option_composes(overrides):
    own = {f"data={name}" for name in ("array", "graph", "image_folder", "ratings", "series", "word_counts")}
    given = ["data.path=a.npz"] if own & set(overrides) else []
    chosen = dict(o.split("=") for o in overrides)
    if "model" in chosen:
        given += data_overrides(cards()[chosen["model"]].targets)
    elif "loss" in chosen:
        given += data_overrides(targets_of(read_config(options("loss")[chosen["loss"]]).get("_target_", "")))
    model = {"localization": "localizer", "multinomial": "autoencoder"}.get(chosen.get("loss"), "mlp")
    config = compose([f"model={model}", *given, *overrides])
    for group, name in (o.split("=") for o in overrides):
        assert config.choices.get(group) == (None if group in SWEEP_GROUPS else name)


def test_all_options_were_composed():
    chosen = [o for row in together() for o in row]
    assert len(chosen) == len(set(chosen)) == sum(len(options(group)) for group in GROUPS) >= 40
