"""The one place where a config becomes an object."""

from typing import Any

import hydra.utils

from .compose import targets
from .errors import UserError

ALLOWED = ("nnzoo.", "torch.", "torchvision.", "torchmetrics.", "pytorch_lightning.", "optuna.")


def instantiate(node: dict[str, Any], *, allow: tuple[str, ...] | list[str] = (), **arguments: Any) -> Any:
    """Build what `node._target_` names, with `arguments` added to those of the node.

    Only classes of the allowed packages are built: no function is called. Raises UserError for any other target, and
    for what a constructor refuses.
    """
    for path, inner in targets(node):
        refuse_foreign(inner["_target_"], path, (*ALLOWED, *allow))
    try:
        return hydra.utils.instantiate(node, _convert_="all", **arguments)
    except hydra.errors.InstantiationException as error:
        cause = error.__cause__
        if isinstance(cause, UserError):
            raise cause from error
        if isinstance(cause, ValueError | TypeError):
            raise UserError(f"{node['_target_'].rpartition('.')[2]}: {cause}") from error
        raise


def refuse_foreign(target: str, path: str, allowed: tuple[str, ...]) -> None:
    """Raise UserError unless `target` is a class of an allowed package."""
    prefixes = tuple(p if p.endswith(".") else p + "." for p in allowed)
    where = f"{path}._target_" if path else "_target_"
    if not str(target).startswith(prefixes):
        names = ", ".join(p[:-1] for p in prefixes)
        raise UserError(f"{where} '{target}' is not allowed; only classes of {names} (more with allow=[package])")
    try:
        found = hydra.utils.get_object(target)
    except Exception as error:
        raise UserError(f"{where} '{target}' does not exist") from error
    if not isinstance(found, type):
        raise UserError(f"{where} '{target}' is not a class; only classes are built")
