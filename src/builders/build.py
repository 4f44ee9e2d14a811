"""Builds the parts of a run from its config. Sizes come from the data; parts that do not fit raise UserError."""

import inspect
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer

from ..card import Form, Traits
from ..config.catalogue import cards
from ..config.ineffective import CLIPPING_ALGORITHMS
from ..config.instantiate import construct, instantiate, locate
from ..data.base import Data
from ..errors import UserError, unknown
from ..layers.init import initialize
from ..losses.base import Loss
from ..losses.weighted import Weighted, class_weights
from ..preprocessing.base import Preprocessing
from ..rules.base import Rule
from ..rules.local import LocalRule
from ..spec import DataSpec
from ..tasks.components import Components, Schedule
from ..tasks.heads import Head, default_head
from ..transforms import Standardize, Transforms
from ..transforms.chain import State
from .adapters import Network, choose_conversion
from .pretrained import fill_embedding

if TYPE_CHECKING:
    from ..tasks.base import Task
TASK = "nnzoo.tasks.base.Task"
RULE_TASK = "nnzoo.tasks.learners.rule.RuleTask"
LOCAL_RULE_TASK = "nnzoo.tasks.learners.local_rule.LocalRuleTask"
PERIODS = {
    "T_max",
    "step_size",
    "total_iters",
}  # of schedules, in epochs or steps; torch accepts 0 but fails later
MAX_MENTIONED = 4  # maximum number of networks in a message
FORMS: dict[Form, str] = {
    "vector": "vectors",
    "image": "images",
    "sequence": "sequences",
    "tokens": "tokens",
    "ids": "ids",
}
READERS: dict[Form, str] = {
    "vector": "array",
    "image": "image_folder",
    "sequence": "series",
    "tokens": "word_text",
    "ids": "ratings",
}
NOT_NUMERIC = ("tokens", "ids")  # forms of input that cannot be reconstructed
CONTIGUOUS = "contiguous text, whose batches continue each other"
HEADS = {"input": "reconstruction", "none": "samples"}  # for data without a target
SEQUENCE_DATA = "data=reverse"  # a data set whose targets are sequences; user files have none


def build_data(config: dict[str, Any], source: Any = None, fitted: State | None = None) -> Data:
    """Return the data set of a config. Counts the classes if the loss needs it.

    source: data from Python; fitted: state of the transforms, None = fit them.
    """
    given = {} if source is None else {"source": source}
    data: Data = instantiate(config["data"], allow=config["allow"], **given)
    if transforms := build_transforms(config, fitted):
        check_standardize(transforms, data)
        data.set_transforms(transforms)
    targets = head_type(config).targets if config["head"] else ()
    if "input" in targets:
        data.use_input_as_target()
    elif "none" in targets:
        data.remove_target()
    else:
        data.require_target()
    if (needs_frequencies(config["loss"]) or config["class_weight"] is not None) and data.spec.target in (
        "classes",
        "next_token",
    ):
        data.spec = replace(data.spec, frequencies=data.target_counts())
    return data


def build_transforms(config: dict[str, Any], fitted: State | None = None) -> Transforms | None:
    """Return the transforms of a config, or None if there are none. fitted: their state."""
    made = {name: instantiate(node, allow=config["allow"]) for name, node in config["transforms"].items() if node}
    if not made:
        return None
    transforms = Transforms(made)
    if fitted is not None:
        transforms.load_state_dict(fitted)
    return transforms


def check_standardize(transforms: Transforms, data: Data) -> None:
    """Raise UserError for inputs that would be standardized twice."""
    name, first = next(iter(transforms.fitted.items()), ("", None))
    if data.standardized and isinstance(first, Standardize):
        raise UserError(
            f"transforms.{name} has no effect: data.standardize=true scales the columns already; leave it out, "
            "or add data.standardize=false"
        )


def needs_frequencies(loss: dict[str, Any] | None) -> bool:
    """Return whether a loss takes the class frequencies of the data."""
    return loss is not None and loss.get("frequencies") == "data"


def build_loss(config: dict[str, Any], spec: DataSpec, data: Data | None = None) -> Loss:
    """Return the loss or rule of a config, or the default loss of the head. With a local rule, the loss is a metric.

    data: the data set, to name inputs out of range. Raises UserError if the loss does not fit the target, or if there
    are both a loss and a rule that is not local.
    """
    default = {"_target_": head_class(config, spec).default_loss}
    group = "rule" if config["rule"] and not has_local_rule(config) else "loss"
    filled = {"frequencies": spec.frequencies} if needs_frequencies(config[group]) else {}
    loss: Loss = instantiate(config[group] or default, allow=config["allow"], **filled)
    if not isinstance(loss, Loss):
        raise UserError(f"{type(loss).__qualname__} is not derived from {Loss.__module__}.Loss; see nnzoo list losses")
    if group == "rule" and config["loss"]:
        names = [chosen_name(config, which, type(loss)) for which in ("rule", "loss")]
        raise UserError(f"rule '{names[0]}' learns without a loss; leave out loss={names[1]}, or add ~rule")
    if reason := loss.takes(spec):
        limits = loss.input_range if spec.target == "input" else None
        found = None
        if data is not None and limits is not None:
            changing = ", ".join(data.transforms.fitted)
            found = f"transforms={changing} changes them" if changing else data.describe_out_of_range(*limits)
        raise UserError(f"{group} '{chosen_name(config, group, type(loss))}' {reason}{f': {found}' if found else ''}")
    return loss if config["class_weight"] is None else with_class_weights(config, spec, loss)


def with_input_range(preprocessing: Preprocessing, spec: DataSpec, loss: Loss, transforms: Transforms) -> Preprocessing:
    """Return a preprocessing that refuses inputs out of the range of the loss, as training does.

    Fitted transforms change the range, so that no inputs are refused.
    """
    limits = loss.input_range if spec.target == "input" and not transforms.fitted else None
    return preprocessing if limits is None else preprocessing.within(*limits)


def has_local_rule(config: dict[str, Any]) -> bool:
    """Return whether the rule of a config is a local rule."""
    return bool(config["rule"]) and issubclass(locate(config["rule"]["_target_"], allow=config["allow"]), LocalRule)


def build_local_rule(config: dict[str, Any], spec: DataSpec) -> LocalRule | None:
    """Return the local rule of a config, or None. Raises UserError if it does not fit the target."""
    if not has_local_rule(config):
        return None
    rule: LocalRule = instantiate(config["rule"], allow=config["allow"])
    if reason := rule.takes(spec):
        raise UserError(f"rule '{chosen_name(config, 'rule', type(rule))}' {reason}")
    return rule


def head_class(config: dict[str, Any], spec: DataSpec) -> type[Head]:
    """Return the class of the head, by default that for the target. Raises UserError if it does not fit the target."""
    if not config["head"]:
        return default_head(spec.target)
    head = head_type(config)
    if spec.target not in head.targets:
        takes = " or ".join(head.targets)
        raise UserError(
            f"head '{chosen_name(config, 'head', head)}' predicts {takes}; the target of the data is {spec.target}"
        )
    return head


def head_type(config: dict[str, Any]) -> type[Head]:
    """Return the class of the head in a config. Raises UserError if it is not a head."""
    head = locate(config["head"]["_target_"], allow=config["allow"])
    if not issubclass(head, Head):
        raise UserError(f"head._target_ {head.__qualname__} is not a head; nnzoo list heads shows all heads")
    return head


def build_head(config: dict[str, Any], spec: DataSpec, loss: Loss) -> Head:
    """Return the head of a config, by default that for the target. Raises UserError as `head_class`."""
    head: Head = construct(partial(head_class(config, spec), spec=spec, loss=loss))
    return head


def with_class_weights(config: dict[str, Any], spec: DataSpec, loss: Loss) -> Weighted:
    """Return a loss with the class weights of a config. Raises UserError for rules and targets other than classes."""
    if spec.target != "classes" or isinstance(loss, Rule):
        other = "rules" if isinstance(loss, Rule) else f"the target '{spec.target}'"
        raise UserError(f"class_weight={config['class_weight']} is for classification losses, not for {other}")
    try:
        counts = [count - 1 for count in spec.frequencies]  # frequencies have 1 added to each count
        return Weighted(loss, class_weights(config["class_weight"], spec.labels, counts))
    except ValueError as error:
        raise UserError(f"class_weight is {error}") from error


def build_network(config: dict[str, Any], spec: DataSpec, loss: Loss) -> Network:
    """Return the network of a config with the sizes of the data. `seed` determines the initial weights.

    Raises UserError if data, loss and network do not fit, or if sizes in the config contradict the data.
    """
    node = dict(config["model"])
    network = locate(node["_target_"], allow=config["allow"])
    traits: Traits | None = getattr(network, "traits", None)
    if traits is None:
        raise UserError(f"{network.__qualname__} has no traits; add traits = Traits(inputs=...) to the class")
    name = chosen_name(config, "model", network)
    conversion = choose_conversion(traits.inputs, spec)
    if conversion is None or spec.target not in traits.targets:
        raise UserError(f"model '{name}' takes {incompatibility(traits, spec)}")
    form, adapter, sizes = conversion
    sizes |= output_sizes(network, traits, spec, loss, config)
    wanted = inspect.signature(network).parameters
    for size_name, size in sizes.items():
        given = node.get(size_name)
        if given is not None and as_list(given) != as_list(size):
            raise UserError(f"model.{size_name}={given} contradicts the data, which has {as_list(size)}; leave it out")
    embeds = form == "tokens" or spec.target == "sequence"  # output symbols are embedded as well
    if not embeds and "embedding" in wanted and node.get("embedding") not in (None, wanted["embedding"].default):
        raise UserError(f"model.embedding={node['embedding']} is for tokens; the data gives {spec}")
    filled = {key: size for key, size in sizes.items() if key in wanted and key not in node}
    torch.manual_seed(config["seed"])
    model: nn.Module = instantiate(node, allow=config["allow"], **filled)
    try:
        initialize(model, config["init"])
    except ValueError as error:
        raise UserError(f"init: {error}") from error
    sequential = form in ("sequence", "tokens")
    settings = {key: parameter.default for key, parameter in wanted.items()} | node
    masked = sequential or (spec.per_step and "mask" in inspect.signature(model.forward).parameters)
    net = Network(model, adapter, masked=masked, causal=not sequential or traits.is_causal(settings))
    if (spec.target == "next_token" or spec.autoregressive) and not net.causal:
        raise UserError(f"model '{name}' is not causal and would see the targets in its input; the data gives {spec}")
    return net


def incompatibility(traits: Traits, spec: DataSpec) -> str:
    """Return what a network takes, what the data gives, and alternatives."""
    models = compatible_models(spec)
    more = " ..." if len(models) > MAX_MENTIONED else ""
    others = [f"one of {', '.join(models[:MAX_MENTIONED])}{more}"] if models else []
    if choose_conversion(traits.inputs, spec) is None:
        forms = " or ".join(FORMS[form] for form in traits.inputs)
        own = " or ".join(f"data={READERS[form]}" for form in traits.inputs)
        return f"{forms}; the data gives {spec}; use {', or '.join([*others, own])}"
    heads = [
        f"head={head}" for target, head in HEADS.items() if target in traits.targets and spec.form not in NOT_NUMERIC
    ]
    if "sequence" in traits.targets:
        others = [SEQUENCE_DATA]
    targets = " or ".join(traits.targets)
    return f"{targets}; the target of the data is {spec.target}; use {', or '.join([*heads, *others])}"


def compatible_models(spec: DataSpec) -> list[str]:
    """Return the names of the networks that take a kind of data, with the heads of their configs."""
    fit = {name: card.targets for name, card in cards().items() if choose_conversion(card.traits.inputs, spec)}
    itself = "input" if spec.target == "none" and spec.form not in NOT_NUMERIC else spec.target
    return [name for name, targets in fit.items() if spec.target in targets or targets == (itself,)]


def output_sizes(
    network: type, traits: Traits, spec: DataSpec, loss: Loss, config: dict[str, Any]
) -> dict[str, object]:
    """Return the output sizes by their reserved names."""
    group = "rule" if isinstance(loss, Rule) else "loss"
    try:
        out_features = loss.out_features(spec.target_size)
    except ValueError as error:
        raise UserError(f"{group} '{chosen_name(config, group, type(loss))}': {error}") from error
    fixed = "out_features" not in inspect.signature(network).parameters
    if fixed and out_features != spec.target_size and traits.trainable:
        raise UserError(
            f"{group} '{chosen_name(config, group, type(loss))}' takes {out_features} output; "
            f"model '{chosen_name(config, 'model', network)}' gives one for each of {spec.target_size} classes"
        )
    return {"out_features": out_features, "num_classes": spec.target_size, "target_len": spec.target_len}


def build_task(config: dict[str, Any], data: Data) -> "Task":
    """Return the task of a config: network, loss, optimizer and schedule. Raises UserError if they do not fit."""
    if config["loader"]["buckets"] and data.batch_kind == "contiguous":
        raise UserError("loader.buckets has no effect: the data is contiguous text")
    if config["loader"]["buckets"] and (not data.spec.sequence or data.spec.seq_len is not None):
        raise UserError(f"loader.buckets has no effect: the data has no sequences of different lengths, {data.spec}")
    loss = build_loss(config, data.spec, data)
    net = build_network(config, data.spec, loss)
    if any(isinstance(layer, _BatchNorm) for layer in net.modules()) and "train" in data.splits:
        check_smallest_batch(config, data, net, loss)
    if config["vectors"] is not None:
        fill_embedding(net, config["vectors"], data.spec)
    task = assemble_task(config, data.spec, net, loss, record=partial(record, data))
    if data.batch_kind not in task.takes:
        name = chosen_name(config, "task", type(task))
        raise UserError(f"task '{name}' takes {task.takes[0]}; the data gives {CONTIGUOUS}")
    return task


def check_smallest_batch(config: dict[str, Any], data: Data, net: Network, loss: Loss) -> None:
    """Raise UserError if batch normalization would get a training batch of a single example."""
    rows = len(data.splits["train"])
    given = config["loader"]["batch_size"]
    size = min(data.batch_size if given is None else given, rows)
    last = rows % size or size
    batches = config["trainer"]["overfit_batches"] or config["trainer"]["limit_train_batches"] or rows
    online = isinstance(loss, Rule) and loss.online
    if not online and (last if batches * size >= rows else size) > 1:
        return
    batch = data.spec.fake_batch(1, torch.Generator().manual_seed(0))
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            deepcopy(net).train()(batch.x, batch.mask)
    except (UserError, ValueError) as error:
        which = "rule.online=true passes single examples"
        if not online:
            each = "each batch" if size == 1 else "the last batch"
            which = f"{each} of {rows} training examples has one; use another loader.batch_size than {size}"
        raise UserError(f"batch normalization needs at least two examples per batch: {which}") from error


def record(data: Data) -> dict[str, Any]:
    """Return the record of the data in checkpoints: the fitted preprocessing and transforms, and the checksum."""
    return {
        "preprocessing": data.preprocessing.to_dict(),
        "transforms": data.transforms.state_dict(),
        "digest": data.digest,
        "summary": data.summary,
    }


def assemble_task(
    config: dict[str, Any],
    spec: DataSpec,
    net: Network,
    loss: Loss,
    *,
    record: Callable[[], dict[str, Any]] | None = None,
) -> "Task":
    """Return the task of a config around a network; record: see `Components`."""
    from ..tasks.learners.closed_form import ClosedForm
    from ..tasks.learners.local_rule import LocalRuleTask
    from ..tasks.learners.rule import RuleTask

    trainer = config["trainer"]
    if trainer["gradient_clip_algorithm"] not in CLIPPING_ALGORITHMS:
        raise unknown("trainer.gradient_clip_algorithm", trainer["gradient_clip_algorithm"], CLIPPING_ALGORITHMS)
    rule = build_local_rule(config, spec)
    default = RULE_TASK if isinstance(loss, Rule) else LOCAL_RULE_TASK if rule else TASK
    node = config["task"] or {"_target_": default}
    optimizer, schedule = instantiate(config["optimizer"], allow=config["allow"]), build_schedule(config)
    check_optimizer(optimizer, schedule)
    components = Components(
        net=net,
        loss=loss,
        rule=rule,
        head=build_head(config, spec, loss),
        optimizer=optimizer,
        spec=spec,
        config=config,
        record=record,
        schedule=schedule,
        metrics={name: instantiate(m, allow=config["allow"]) for name, m in config["metrics"].items()},
        penalties={name: instantiate(p, allow=config["allow"]) for name, p in config["penalties"].items() if p},
        clip_value=trainer["gradient_clip_val"],
        clip_algorithm=trainer["gradient_clip_algorithm"],
        steps_per_slice=trainer["steps_per_slice"],
        compiled=trainer["compile"],
    )
    task: Task = instantiate(node, allow=config["allow"], components=components)
    if spec.target not in task.targets:
        who = f"task '{chosen_name(config, 'task', type(task))}'" if config["task"] else "the default task"
        other = "" if config["task"] else "; task=... chooses another"
        takes = " or ".join(task.targets)
        raise UserError(f"{who} takes {takes}; the target of the data is {spec.target}{other}")
    if isinstance(loss, Weighted) and isinstance(task, ClosedForm):
        raise UserError(
            f"class_weight is for gradient steps; task '{chosen_name(config, 'task', type(task))}' has none"
        )
    if (isinstance(task, RuleTask), isinstance(task, LocalRuleTask)) != (isinstance(loss, Rule), rule is not None):
        how = "by a rule; choose rule=..." if isinstance(task, RuleTask) else "without a rule; add ~rule"
        raise UserError(f"task '{chosen_name(config, 'task', type(task))}' learns {how}")
    return task


def build_schedule(config: dict[str, Any]) -> "Schedule | None":
    """Return the learning-rate schedule of a config."""
    if not config["scheduler"]:
        return None
    node = dict(config["scheduler"])
    interval, monitor = node.pop("interval", "epoch"), node.pop("monitor", None)
    if interval not in ("epoch", "step"):
        raise unknown("scheduler.interval", interval, ("epoch", "step"))
    for name in PERIODS & node.keys():
        if node[name] < 1:
            hint = "; set it, since trainer.max_steps determines the length of the run" if node[name] == -1 else ""
            raise UserError(f"scheduler.{name} is {node[name]}; it must be at least 1{hint}")
    make: partial[Any] = instantiate(node, allow=config["allow"])
    return Schedule(make, interval, monitor)


def check_optimizer(optimizer: "partial[Any]", schedule: "Schedule | None") -> None:
    """Raise UserError for settings that the optimizer or the schedule refuses."""
    weight = nn.Parameter(torch.ones(1))
    trial: Optimizer = construct(optimizer, [weight])
    closure = inspect.signature(type(trial).step).parameters.get("closure")
    if closure is not None and closure.default is inspect.Parameter.empty:
        raise UserError(
            f"optimizer {type(trial).__name__} evaluates the loss several times per step, which is not supported; "
            "use adam, sgd or another with one gradient per step, or task=newton for logistic regression"
        )
    weight.grad = torch.ones(1)
    try:
        trial.step()
    except RuntimeError as error:
        raise UserError(f"optimizer {type(trial).__name__}: {str(error).splitlines()[0]}") from error
    if schedule:
        construct(schedule.make, trial)


def chosen_name(config: dict[str, Any], group: str, kind: type) -> str:
    """Return the name that was chosen for a group, or the name of the class."""
    return str(config["choices"].get(group) or kind.__name__)


def as_list(size: object) -> object:
    """Return tuples as lists, as in configs."""
    return list(size) if isinstance(size, tuple) else size
