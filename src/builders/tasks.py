"""Builds the task of a config from its parts."""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from ..config.engine import setting_against_direct
from ..config.ensembles import ENSEMBLE_TASK
from ..config.from_python import WEIGHTS
from ..config.given import NOTHING, Given
from ..config.instantiate import instantiate_kind
from ..data.base import Data
from ..errors import UserError
from ..losses.base import Loss
from ..losses.weighted import Weighted
from ..rules.base import Rule
from ..spec import DataSpec
from ..tasks.components import Components
from ..tasks.penalties import Penalty
from .adapters import Network
from .data import record
from .freezing import freeze_layers, shown
from .heads import build_head
from .initial_weights import check_init, check_inputs, initial_weights, load_initial_weights
from .kinds import check_kinds
from .losses import build_local_rule, build_loss, check_function_loss
from .metrics import build_metrics
from .names import chosen_name
from .networks import build_network
from .optimizers import build_schedule, check_optimizer, make_optimizer
from .pretrained import fill_embedding
from .rate_factors import rate_factors
from .step_values import step_values

if TYPE_CHECKING:
    from ..tasks.base import Task

TASK = "nnzoo.tasks.base.Task"
RULE_TASK = "nnzoo.tasks.learners.rule.RuleTask"
LOCAL_RULE_TASK = "nnzoo.tasks.learners.local_rule.LocalRuleTask"
CONTIGUOUS = "contiguous text, whose batches continue each other"


def build_task(config: dict[str, Any], data: Data, given: Given = NOTHING, *, restored: bool = False) -> "Task":
    """Return the task of a config: network, loss, optimizer and schedule. given: objects from Python.

    restored: a checkpoint will be loaded, so that no file with initial weights is needed. Raises UserError if they do
    not fit.
    """
    if config["loader"]["buckets"] and data.batch_kind == "contiguous":
        raise UserError("loader.buckets has no effect: the data is contiguous text")
    if config["loader"]["buckets"] and (not data.spec.sequence or data.spec.seq_len is not None):
        raise UserError(f"loader.buckets has no effect: the data has no sequences of different lengths, {data.spec}")
    loss = build_loss(config, data.spec, data, given)
    net = build_network(config, data.spec, loss, data, given)
    data.step_values = step_values(net, data.spec)
    initial = None if restored else initial_weights(config)
    if initial is not None:
        if WEIGHTS in config["model"]:
            raise UserError("weights has no effect: the network from Python keeps its own; leave it out")
        check_inputs(initial, data)
        taken = load_initial_weights(net, initial, data.spec, config["weights_by"] or "name")
        check_init(config, initial, taken)
        net.origin = taken.summary
    if config["vectors"] is not None:
        fill_embedding(net, config["vectors"], data.spec, freeze=config["freeze_vectors"])
    elif config["freeze_vectors"]:
        raise UserError("freeze_vectors=true has no effect without vectors=FILE; leave it out")
    freeze_layers(net, config)
    if any(isinstance(layer, _BatchNorm) for layer in net.modules()) and "train" in data.splits:
        check_smallest_batch(config, data, net, loss)
    task = assemble_task(config, data.spec, net, loss, record=partial(record, data), given=given)
    if config["freeze"] and (reason := task.why_not_frozen()):
        raise UserError(f"freeze={shown(config['freeze'])}: {reason}; leave it out")
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


def assemble_task(
    config: dict[str, Any],
    spec: DataSpec,
    net: Network,
    loss: Loss,
    *,
    record: Callable[[], dict[str, Any]] | None = None,
    given: Given = NOTHING,
) -> "Task":
    """Return the task of a config around a network. record: see `Components`; given: objects from Python."""
    from ..tasks import base
    from ..tasks.learners.closed_form import ClosedForm
    from ..tasks.learners.local_rule import LocalRuleTask
    from ..tasks.learners.rule import RuleTask

    trainer = config["trainer"]
    check_kinds(config, given)
    rule = build_local_rule(config, spec)
    default = RULE_TASK if isinstance(loss, Rule) else LOCAL_RULE_TASK if rule else TASK
    if config["members"] is not None:
        default = ENSEMBLE_TASK
    node = config["task"] or {"_target_": default}
    optimizer = given.build("optimizer", config["optimizer"], allow=config["allow"])
    schedule = build_schedule(config, given)
    check_optimizer(optimizer, schedule)
    check_function_loss(config, spec, loss, net)
    components = Components(
        net=net,
        loss=loss,
        rule=rule,
        head=build_head(config, spec, loss),
        optimizer=partial(make_optimizer, optimizer, rate_factors(net, config)),
        spec=spec,
        config=config,
        record=record,
        schedule=schedule,
        metrics=build_metrics(config, spec, given),
        penalties={
            name: instantiate_kind(node, Penalty, f"penalties.{name}", allow=config["allow"])
            for name, node in config["penalties"].items()
            if node
        },
        clip_value=trainer["gradient_clip_val"],
        clip_algorithm=trainer["gradient_clip_algorithm"],
        steps_per_slice=trainer["steps_per_slice"],
        compiled=trainer["compile"],
        captured=trainer.get("cuda_graphs", False),  # not in the config of early runs
        engine="autograd" if setting_against_direct(trainer) else trainer.get("engine", "auto"),
    )
    task: Task = instantiate_kind(node, base.Task, "task", allow=config["allow"], components=components)
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
