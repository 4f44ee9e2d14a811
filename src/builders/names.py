"""Names of parts in messages."""

from typing import Any

from ..config.from_python import object_name


def chosen_name(config: dict[str, Any], group: str, kind: Any) -> str:
    """Return the name that was chosen for a group, or the name of the class or function."""
    return str(config["choices"].get(group) or object_name(kind))
