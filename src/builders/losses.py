"""Builds the loss or the rule of a config."""

from typing import Any

from ..config.instantiate import instantiate, locate
from ..data.base import Data
from ..errors import UserError
from ..losses.base import Loss
from ..losses.weighted import Weighted, class_weights
from ..rules.base import Rule
from ..rules.local import LocalRule
from ..spec import DataSpec
from .heads import head_class
from .names import chosen_name
from .ranges import with_place


def build_loss(config: dict[str, Any], spec: DataSpec, data: Data | None = None) -> Loss:
    """Return the loss or rule of a config, or the default loss of the head. With a local rule, the loss is a metric.

    data: the data set, to name inputs out of range. Raises UserError if the loss does not fit the target, or if there
    are both a loss and a rule that is not local.
    """
    default = {"_target_": head_class(config, spec).default_loss}
    group = "rule" if config["rule"] and not has_local_rule(config) else "loss"
    filled = {"frequencies": spec.frequencies} if needs_frequencies(config[group]) else {}
    loss: Loss = instantiate(config[group] or default, allow=config["allow"], **filled)
    base = Rule if group == "rule" else Loss
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
