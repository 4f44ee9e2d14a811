"""`nnzoo lr_find`: a learning-rate range test."""

import shlex
from dataclasses import fields
from typing import Any

from ..config.compose import compose
from ..config.learning_rate import LearningRateRange, check_learning_rate
from ..config.schema import Config
from ..errors import did_you_mean, unknown
from ..training.saved import plain
from .arguments import parse_arguments, parse_number

ARGUMENTS = ("low", "high", "steps")


def command(args: list[str]) -> int:
    """Run a range test and print the suggested learning rate; return 1 if there is none."""
    given, overrides = parse_arguments(args, ARGUMENTS, ())
    settings = {field.name for field in fields(Config)}
    for key in (override.partition("=")[0] for override in overrides):
        if "." not in key and key not in settings and did_you_mean(key, ARGUMENTS):
            raise unknown("argument", key, ARGUMENTS)
    numbers: dict[str, Any] = {key: parse_number(key, given[key], float) for key in ("low", "high") if key in given}
    if "steps" in given:
        numbers["steps"] = parse_number("steps", given["steps"], int)
    span = LearningRateRange(**numbers)
    config = plain(compose(overrides))
    check_learning_rate(config)
    from ..training.lr_find import find_learning_rate

    found = find_learning_rate(config, overrides, span)
    print(found)
    print(f"figure       {shlex.quote(str(found.directory / 'lr_find.png'))}")
    return int(found.suggestion is None)
