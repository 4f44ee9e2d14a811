"""Names of parts in messages."""

from typing import Any


def chosen_name(config: dict[str, Any], group: str, kind: type) -> str:
    """Return the name that was chosen for a group, or the name of the class."""
    return str(config["choices"].get(group) or kind.__name__)
