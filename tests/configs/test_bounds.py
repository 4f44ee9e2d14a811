"""The bounds of numbers that messages name are those that hold."""

import inspect
import re
from typing import get_type_hints

import pytest
import yaml
from nnzoo.config.instantiate import find_class, targets
from nnzoo.config.inventory import options
from nnzoo.config.signatures import FILLED
from nnzoo.errors import UserError

GROUPS = ("callbacks", "data", "evaluations", "loss", "penalties", "rule", "sweep", "transforms")
NUMBER = r"(-?[\d.]*\d)"
LOWEST, HIGHEST = (
    (rf"\bat least {NUMBER}", rf"\bfrom {NUMBER} to"),
    (rf"\bat most {NUMBER}", rf"\bfrom \S+ to {NUMBER}"),
)
BELOW_LOWEST, ABOVE_HIGHEST = (rf"\babove {NUMBER}",), (rf"\bbelow {NUMBER}",)
CLOSE = 1e-6


def buildable():
    """Yield the name of each class of the configs, the class, and settings with which it can be built."""
    seen = set()
    for group in GROUPS:
        for name, file in options(group).items():
            for path, node in targets(yaml.safe_load(file.read_text())):
                target = node["_target_"]
                if target.startswith("nnzoo.") and target not in seen and "???" not in node.values():
                    seen.add(target)
                    known = {k: v for k, v in node.items() if k[0] != "_" and k not in FILLED and v != "${seed}"}
                    yield " ".join(filter(None, (group, name, path))), find_class(target, ()), known


def numbers():
    """Yield the name of a class, a setting that is a number, its type, and a function that returns the reason against.

    The reason against a value is what follows the value in the message, "" if the value is allowed.
    """
    for name, kind, known in buildable():
        hints = get_type_hints(kind.__init__)
        for setting in inspect.signature(kind).parameters:
            for number in (int, float):
                if hints[setting] in (number, number | None) and setting in known:
                    yield name, setting, number, reason_of(kind, known, setting)


def reason_of(kind, known, setting):
    def reason(value):
        try:
            kind(**{**known, setting: value})
        except (UserError, ValueError, TypeError) as error:
            found = re.search(rf"\b{setting} is [^;]*; (.*)", str(error))
            return found[1] if found else ""
        return ""

    return reason


def bounds(patterns, reason):
    return [float(found[1]) for pattern in patterns for found in [re.search(pattern, reason)] if found]


NUMBERS = list(numbers())


@pytest.mark.parametrize(("name", "setting", "number", "reason"), NUMBERS, ids=[f"{n} {s}" for n, s, *_ in NUMBERS])
def test_named_bounds_hold(name, setting, number, reason):
    against = reason(number(-(10**9)))
    step = 1 if number is int else CLOSE
    for patterns, sign, is_allowed in (
        (LOWEST, -1, True),
        (HIGHEST, 1, True),
        (BELOW_LOWEST, -1, False),
        (ABOVE_HIGHEST, 1, False),
    ):
        for bound in bounds(patterns, against):
            inside, outside = (bound, bound + sign * step) if is_allowed else (bound - sign * step, bound)
            assert reason(number(inside)) != against
            assert reason(number(outside)) == against


def test_most_settings_name_their_bounds():
    named = [(name, setting) for name, setting, number, reason in NUMBERS if "least" in reason(number(-(10**9)))]
    assert len(named) > 100
