"""The parameters of a sweep and their values. Imports no torch.

Values are what the user types: texts in Hydra's grammar for a choice, numbers for a range.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.types import ChoiceSweep, Glob, IntervalSweep, Override, RangeSweep, Sweep

from ..config.hydra_configs import parse_overrides
from ..errors import UserError, unknown
from ..formatting import to_hydra

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Value = str | int | float
Point = dict[str, Value]
"""Parameter -> value."""

DIGITS = 4  # significant digits of numbers that are drawn from a range
MOST_VALUES = 100_000  # of a range
RANGE_KEYS = ("low", "high", "log", "step")


@dataclass(frozen=True)
class Choice:
    """A parameter with a list of values, texts in Hydra's grammar."""

    key: str
    values: tuple[str, ...]

    @property
    def size(self) -> float:
        """The number of values."""
        return len(self.values)

    def __str__(self) -> str:
        return ",".join(self.values)

    def distribution(self) -> "BaseDistribution":
        """Return the distribution for Optuna."""
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(self.values)

    def grid(self, points: int | None) -> list[Value]:
        """Return all values."""
        del points
        return list(self.values)

    def rounded(self, value: Value) -> Value:
        """Return the value."""
        return value


@dataclass(frozen=True)
class Range:
    """A parameter with numbers from `low` to `high`, both included. log: on a logarithmic scale; step: None = any."""

    key: str
    low: float
    high: float
    log: bool = False
    step: float | None = None

    def __str__(self) -> str:
        scale = ", log" if self.log else ""
        return f"{self.low} to {self.high}{scale}{f', step {self.step}' if self.step else ''}"

    @property
    def integer(self) -> bool:
        """Whether all values are integers."""
        return all(isinstance(number, int) for number in (self.low, self.high))

    @property
    def size(self) -> float:
        """The number of values, infinite for real numbers."""
        step = self.step or (1 if self.integer else None)
        return math.inf if step is None else math.floor((self.high - self.low) / step + 1e-9) + 1

    def distribution(self) -> "BaseDistribution":
        """Return the distribution for Optuna."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if self.integer:
            return IntDistribution(int(self.low), int(self.high), log=self.log, step=int(self.step or 1))
        return FloatDistribution(self.low, self.high, log=self.log, step=self.step)

    def grid(self, points: int | None) -> list[Value]:
        """Return `points` values at equal distances on the scale, or all values if there is a step.

        Raises UserError if the number of points is needed and not given.
        """
        if points is None:
            if not (self.step or (self.integer and not self.log)):
                raise UserError(
                    f"{self.key} is a range; a grid needs its number of values: sweep.strategy.points=5, "
                    "or sweep=random draws from it"
                )
            step = self.step or 1
            values: Iterable[float] = (self.low + i * step for i in range(int(self.size)))
        elif self.log:
            ratio = (self.high / self.low) ** (1 / max(1, points - 1))
            values = (self.low * ratio**i for i in range(points))
        else:
            distance = (self.high - self.low) / max(1, points - 1)
            values = (self.low + distance * i for i in range(points))
        return list(dict.fromkeys(self.rounded(value) for value in values))

    def rounded(self, value: Value) -> Value:
        """Return `nearest` inside the range."""
        return min(max(self.nearest(value), self.low), self.high)

    def nearest(self, value: Value) -> float:
        """Return a number with four significant digits, or an integer; with a step, a multiple of it from `low`."""
        number = float(value)
        if self.step:
            number = self.low + round((number - self.low) / self.step) * self.step
        return round(number) if self.integer else float(f"{number:.{DIGITS}g}")


Param = Choice | Range


@dataclass(frozen=True)
class Space:
    """The parameters of a sweep, in the order of the command line."""

    params: tuple[Param, ...]

    @property
    def size(self) -> float:
        """The number of points, infinite if a parameter takes real numbers."""
        return math.prod(param.size for param in self.params)

    @property
    def log(self) -> frozenset[str]:
        """The parameters on a logarithmic scale."""
        return frozenset(p.key for p in self.params if isinstance(p, Range) and p.log)

    def overrides(self, point: Mapping[str, Value]) -> list[str]:
        """Return the overrides of a point."""
        return [f"{key}={value}" if isinstance(value, str) else f"{key}={value!r}" for key, value in point.items()]


def plain_value(value: Value) -> Value:
    """Return a value without quotation marks and backslashes of Hydra's grammar; lists and mappings stay unchanged."""
    if not isinstance(value, str) or value[:1] in ("[", "{") or not set(value) & set("\\'\""):
        return value
    return str(parse_overrides([f"key={value}"])[0].value())


def from_override(override: Override) -> Param:
    """Return the parameter of an override with several values. Raises UserError for values that cannot be swept."""
    text, value = str(override.input_line), override.value()
    key = "+" * (override.is_add() + 2 * override.is_force_add()) + override.get_key_element().lstrip("+~")
    match value:
        case ChoiceSweep():
            value.shuffle = False  # the order of the trials must be the same when a sweep continues
            if any(isinstance(each, Sweep | Glob) for each in value.list):
                raise UserError(f"'{text}': several values are single values, not ranges or other lists of values")
            values = tuple(dict.fromkeys(override.sweep_string_iterator()))
            return Choice(key, values)
        case RangeSweep():
            value.shuffle = False
            if "log" in value.tags:
                raise UserError(f"'{text}': a logarithmic range is tag(log,interval(LOW,HIGH))")
            span = abs(float(value.stop or 0) - float(value.start or 0))
            if not value.step or not span <= MOST_VALUES * abs(value.step):
                raise UserError(f"'{text}': a range takes a step that is not 0 and has at most {MOST_VALUES} values")
            found = [float(each) if "." in each or "e" in each else int(each) for each in map(str, value.range())]
            if not found:
                raise UserError(f"'{text}' has no values; range(START,STOP) ends before STOP")
            if len(found) == 1 or found[0] > found[-1]:
                return Choice(key, tuple(map(str, found)))
            return Range(key, found[0], found[-1], step=value.step)
        case IntervalSweep():
            tags = set(value.tags) - {"log"}
            if tags:
                raise unknown(f"tag in '{text}'", str(sorted(tags)[0]), ("log",))
            return checked(Range(key, value.start, value.end, log="log" in value.tags), text)  # type: ignore[arg-type]
        case Glob():
            if not (names := tuple(override.sweep_string_iterator())):
                raise UserError(f"'{text}': no option of {key} matches; nnzoo list {key} shows the options")
            return Choice(key, names)
    raise UserError(f"'{text}' has one value; a parameter of a sweep has several")


def from_yaml(key: str, node: Any) -> Param:
    """Return a parameter of `sweep.params`: a list, a range, or a text as on the command line.

    Raises UserError for other values.
    """
    where = f"sweep.params.{key}"
    if isinstance(node, str):
        (override,) = parse_overrides([f"{key}={node}"])
        if not override.is_sweep_override():
            raise UserError(
                f"{where} is '{node}'; it takes a list, a range {{low, high, log, step}} or a text such as "
                "'interval(0,1)'"
            )
        return from_override(override)
    if isinstance(node, Mapping):
        for name in node:
            if name not in RANGE_KEYS:
                raise unknown(f"key of {where}", str(name), RANGE_KEYS)
        for name in ("low", "high"):
            if not isinstance(node.get(name), int | float) or isinstance(node.get(name), bool):
                raise UserError(f"{where}.{name} is {node.get(name)!r}; it takes a number")
        step = node.get("step")
        if step is not None and (not isinstance(step, int | float) or isinstance(step, bool)):
            raise UserError(f"{where}.step is {step!r}; it takes a number")
        if not isinstance(node.get("log", False), bool):
            raise UserError(f"{where}.log is {node['log']!r}; it takes true or false")
        return checked(Range(key, node["low"], node["high"], log=node.get("log", False), step=step), where)
    if isinstance(node, Sequence):
        if not node:
            raise UserError(f"{where} is empty; it takes at least one value")
        return Choice(key, tuple(dict.fromkeys(map(to_hydra, node))))
    raise UserError(f"{where} is {node!r}; it takes a list, or a range {{low, high, log, step}}")


def checked(param: Param, where: str) -> Param:
    """Return a parameter. Raises UserError for bounds that are no range."""
    if isinstance(param, Choice):
        return param
    if not (math.isfinite(param.low) and math.isfinite(param.high)):
        raise UserError(f"'{where}': the bounds must be finite")
    if param.low >= param.high:
        raise UserError(f"'{where}': the lower bound {param.low} must be below the upper bound {param.high}")
    if param.log and param.low <= 0:
        raise UserError(f"'{where}': the lower bound is {param.low}; on a logarithmic scale it must be above 0")
    if param.step is not None and param.log:
        raise UserError(f"'{where}': a range has either log or step")
    if param.step is not None and not 0 < param.step <= param.high - param.low:
        raise UserError(f"'{where}': step is {param.step}; it must be above 0 and at most high - low")
    if param.step is None or float(param.step).is_integer() or not param.integer:
        return param
    return Range(param.key, float(param.low), float(param.high), step=param.step)
