"""Builds the loss or the rule of a config."""

import warnings
from typing import Any

import torch
from torch import Tensor, nn

from ..config.given import NOTHING, Given
from ..config.instantiate import check_kind, instantiate, locate
from ..data.base import Data
from ..errors import UserError, reason_of
from ..losses.base import Loss
from ..losses.function import FunctionLoss
from ..losses.weighted import Weighted, class_weights
from ..rules.base import Rule
from ..rules.local import LocalRule
from ..spec import DataSpec
from ..tasks.modes import evaluation_mode
from .heads import head_class
from .names import chosen_name
from .ranges import with_place


def build_loss(config: dict[str, Any], spec: DataSpec, data: Data | None = None, given: Given = NOTHING) -> Loss:
    """Return the loss or rule of a config, or the default loss of the head. With a local rule, the loss is a metric.

    data: the data set, to name inputs out of range; given: objects from Python. Raises UserError if the loss does not
    fit the target, or if there are both a loss and a rule that is not local.
    """
    default = {"_target_": head_class(config, spec).default_loss}
    group = "rule" if config["rule"] and not has_local_rule(config) else "loss"
    if group == "rule":
        check_kind(locate(config["rule"]["_target_"], allow=config["allow"]), Rule, "rule")
    filled = {"frequencies": spec.frequencies} if needs_frequencies(config[group]) else {}
    loss: Any = given.build(group, config[group] or default, allow=config["allow"], **filled)
    base = Rule if group == "rule" else Loss
    if base is Loss and not isinstance(loss, Loss) and callable(loss):
        loss = function_loss(loss)
    if not isinstance(loss, base):
        hint = f"see nnzoo list {'rules' if base is Rule else 'losses'}"
        raise UserError(f"{type(loss).__qualname__} is not derived from {base.__module__}.{base.__name__}; {hint}")
    if group == "rule" and config["loss"]:
        names = [chosen_name(config, which, type(loss)) for which in ("rule", "loss")]
        raise UserError(f"rule '{names[0]}' learns without a loss; leave out loss={names[1]}, or add ~rule")
    if reason := loss.takes(spec):
        if spec.target == "input" and loss.input_range is not None:
            reason = with_place(reason, data, *loss.input_range)
        raise UserError(f"{group} '{chosen_name(config, group, type(loss))}' {reason}")
    return loss if config["class_weight"] is None else with_class_weights(config, spec, loss)


def function_loss(function: Any) -> FunctionLoss:
    """Return the loss of another library, or a function, as a loss. Raises UserError if it has weights to learn."""
    loss = FunctionLoss(function)
    if any(weight.requires_grad for weight in loss.parameters()):
        raise UserError(f"loss '{loss.name}' has weights; only those of the network are trained")
    return loss


def check_function_loss(config: dict[str, Any], spec: DataSpec, loss: Loss, net: nn.Module) -> None:
    """Raise UserError unless a function as a loss returns the mean over a few random examples, with a gradient.

    Their number is not that of the outputs, for which targets of another shape would be broadcast.
    """
    if not isinstance(loss, FunctionLoss):
        return
    number = 4 if spec.target_size == 3 else 3
    name, batch = chosen_name(config, "loss", type(loss)), spec.fake_batch(number, torch.Generator().manual_seed(0))
    with torch.random.fork_rng(devices=[]), evaluation_mode(net), torch.no_grad():
        output: Tensor = net(batch.x, batch.mask)
    output.requires_grad_()
    where = f"for outputs {list(output.shape)} and targets {list(batch.y.shape)}"
    mask = batch.mask if spec.per_step else None
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "Using a target size")  # of torch, which then broadcasts
            value: object = loss.call(output, batch.y, mask)
            again = None if mask is None else torch.cat([mask, mask])
            twice: Tensor = loss.call(torch.cat([output, output]), torch.cat([batch.y, batch.y]), again)
    except Exception as error:
        raise UserError(f"loss '{name}' fails {where}: {reason_of(error)}") from error
    if not isinstance(value, Tensor) or value.numel() != 1:
        shape = f"a tensor {list(value.shape)}" if isinstance(value, Tensor) else f"a {type(value).__name__}"
        raise UserError(f"loss '{name}' returns {shape} {where}; it must return one number, the mean over the examples")
    if isinstance(loss.function, nn.NLLLoss) and not is_log_probability(output.detach()):
        raise UserError(
            f"loss '{name}' takes log-probabilities, and the exponentials of the outputs do not sum to 1; "
            "use loss=cross_entropy, or end the network with torch.nn.LogSoftmax"
        )
    if not value.requires_grad or torch.autograd.grad(value, output, allow_unused=True)[0] is None:
        raise UserError(f"loss '{name}' has no gradient with respect to the outputs; compute it with torch functions")
    if value.item() and torch.isclose(twice, 2 * value):
        raise UserError(f"loss '{name}' returns the sum over the examples; it must return the mean")


def is_log_probability(output: Tensor) -> bool:
    """Return whether outputs (*n, K) are the logarithms of numbers that sum to 1, up to rounding."""
    total = output.float().exp().sum(-1)
    return torch.allclose(total, torch.ones_like(total), atol=1e-3)


def with_class_weights(config: dict[str, Any], spec: DataSpec, loss: Loss) -> Weighted:
    """Return a loss with the class weights of a config. Raises UserError for rules and targets other than classes."""
    if spec.target != "classes" or isinstance(loss, Rule | FunctionLoss):
        other = "rules" if isinstance(loss, Rule) else f"the target '{spec.target}'"
        other = f"the function '{loss.name}'" if isinstance(loss, FunctionLoss) else other
        raise UserError(f"class_weight={config['class_weight']} is for classification losses, not for {other}")
    try:
        counts = [count - 1 for count in spec.frequencies]  # frequencies have 1 added to each count
        return Weighted(loss, class_weights(config["class_weight"], spec.labels, counts))
    except ValueError as error:
        raise UserError(f"class_weight is {error}") from error


def needs_frequencies(loss: dict[str, Any] | None) -> bool:
    """Return whether a loss takes the class frequencies of the data."""
    return loss is not None and loss.get("frequencies") == "data"


def build_local_rule(config: dict[str, Any], spec: DataSpec) -> LocalRule | None:
    """Return the local rule of a config, or None. Raises UserError if it does not fit the target."""
    if not has_local_rule(config):
        return None
    rule: LocalRule = instantiate(config["rule"], allow=config["allow"])
    if reason := rule.takes(spec):
        raise UserError(f"rule '{chosen_name(config, 'rule', type(rule))}' {reason}")
    return rule


def has_local_rule(config: dict[str, Any]) -> bool:
    """Return whether the rule of a config is a local rule."""
    return bool(config["rule"]) and issubclass(locate(config["rule"]["_target_"], allow=config["allow"]), LocalRule)
