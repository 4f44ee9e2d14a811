"""Environment variables as values of a config: `${oc.env:LR}` is a text, also where a number is wanted.

Imports no torch.
"""

from collections.abc import Iterator
from typing import Any

from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from .grammar import parse_override
from .instantiate import targets
from .signatures import matches_type, parameters


def decode_variables(config: DictConfig) -> None:
    """Replace texts of environment variables by the numbers or truth values that the constructors take.

    A variable that is missing or has another value stays as it is; the checks report it.
    """
    raw: dict[str, Any] = OmegaConf.to_container(config, resolve=False)  # type: ignore[assignment]
    for path, node in targets(raw):
        for name in variables(node):
            known = (parameters(str(node["_target_"])) or {}).get(name)
            if known is None:
                continue
            try:
                text = OmegaConf.select(config, f"{path}.{name}")
                value = parse_override(f"key={text}").value()
            except (HydraException, OmegaConfBaseException):
                continue
            if not matches_type(text, known.type) and matches_type(value, known.type):
                OmegaConf.update(config, f"{path}.{name}", value)


def variables(node: dict[Any, Any]) -> Iterator[str]:
    """Yield the keys of a node whose values name an environment variable."""
    return (str(key) for key, value in node.items() if isinstance(value, str) and "${oc.env:" in value)
