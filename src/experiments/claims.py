"""Published results, as the `claim` of an experiment states them. Imports no torch."""

from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal, TypeVar, get_type_hints

from ..config.signatures import matches_type, type_name
from ..errors import UserError, unknown
from ..runs.atomic import none_to_nan
from .fingerprint import composed

Verdict = Literal["holds", "reversed", "undecided", "within", "better", "worse", "unfinished"]
COSTS = ("seconds", "minutes", "hours")
SIGNS = {"equals": "", "within": "", "at_most": "≤ ", "at_least": "≥ ", "one_run": "one run: "}  # of Measure.compare

T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """The run of one seed. status: done, diverged or failed; metrics: by split and checkpoint.

    curve: the metric of `Claim.curves` after each epoch; seconds: wall time; environment: index in the list of the
    result file: versions, commit and number of threads.
    """

    arm: str
    seed: int
    status: str
    seconds: float
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    curve: list[float] = field(default_factory=list)
    message: str = ""
    environment: int = 0


def read_run(plain: dict[str, Any]) -> Run:
    """Return a run from a result file, in which null stands for a non-finite number.

    Raises UserError for unknown and missing keys, and for wrong types.
    """
    return parse(Run, plain | {key: none_to_nan(plain[key]) for key in ("metrics", "curve") if key in plain}, "run")


def metric_value(run: Run, metric: str, checkpoint: str) -> float:
    """Return a metric of a run, such as `test/errors`. Raises UserError if it was not measured."""
    split, _, name = metric.partition("/")
    found = run.metrics.get(f"{split}/{checkpoint}", {})
    if name not in found:
        measured = [f"{key.partition('/')[0]}/{n}" for key, metrics in run.metrics.items() for n in metrics]
        raise unknown(f"{checkpoint} metric of a claim", metric, measured)
    return found[name]


@dataclass(frozen=True)
class Measure:
    """A published number and the comparison with ours.

    metric: split and metric, such as `test/errors`; compare: whether seeds reach exactly this number (equals), whether
    their mean is at most, at least, or within `tolerance` of it, or whether it is the number of one run (one_run), of
    which `better` ones are lower or higher; checkpoint: weights to evaluate; arm: None = all arms; outcome: the verdict
    that our seeds give, None = that of a reproduced result.
    """

    metric: str
    published: float
    compare: Literal["equals", "at_most", "at_least", "within", "one_run"]
    checkpoint: Literal["last", "best"] = "last"
    tolerance: float = 0.0
    better: Literal["lower", "higher"] | None = None
    arm: str | None = None
    outcome: Verdict | None = None

    def value(self, run: Run) -> float:
        """Return the metric of one run. Raises UserError if it was not measured."""
        return metric_value(run, self.metric, self.checkpoint)


@dataclass(frozen=True)
class Comparison:
    """A published order: the metric of one arm is lower than that of another.

    outcome: the verdict that our seeds give, None = that of a reproduced result.
    """

    metric: str
    lower: str
    upper: str
    checkpoint: Literal["last", "best"] = "last"
    outcome: Verdict | None = None

    def value(self, run: Run) -> float:
        """Return the metric of one run. Raises UserError if it was not measured."""
        return metric_value(run, self.metric, self.checkpoint)


@dataclass(frozen=True)
class Curves:
    """A published plot: the metric of one arm is lower than that of another after every epoch.

    outcome: the verdict that our seeds give, None = that of a reproduced result.
    """

    metric: str
    lower: str
    upper: str
    outcome: Verdict | None = None


@dataclass(frozen=True)
class Claim:
    """A published result.

    source: text and section; seeds: number of runs per arm; random: whether runs depend on the seed; cost: of all runs;
    deviations: sentences about settings that are not published or differ; arms: name -> overrides, for results about
    several networks; initial_weights: arm -> earlier arm, whose run with the same seed gives the weights that it begins
    with.
    """

    title: str
    source: str
    cost: Literal["seconds", "minutes", "hours"]
    deviations: Sequence[str]
    seeds: int = 5
    random: bool = True
    measures: Sequence[Measure] = ()
    comparisons: Sequence[Comparison] = ()
    curves: Curves | None = None
    arms: dict[str, Sequence[str]] = field(default_factory=lambda: {"": ()})
    initial_weights: dict[str, str] = field(default_factory=dict)


def read_claim(name: str) -> Claim:
    """Return the claim of an experiment. Raises UserError if it is invalid."""
    config = composed([f"experiment={name}"])
    where = f"experiment {name}: claim"
    plain = config["claim"]
    if not isinstance(plain, dict):
        raise UserError(f"{where} is {plain!r}; an experiment needs a published result")
    plain = dict(plain)
    for key, kind in (("measures", Measure), ("comparisons", Comparison)):
        if isinstance(plain.get(key), list):
            plain[key] = [parse(kind, node, f"{where}.{key}[{i}]") for i, node in enumerate(plain[key])]
    if plain.get("curves") is not None:
        plain["curves"] = parse(Curves, plain["curves"], f"{where}.curves")
    claim = parse(Claim, plain, where)
    if not claim.measures and not claim.comparisons and not claim.curves:
        raise UserError(f"{where} has neither measures nor comparisons nor curves")
    if claim.seeds < 1 + claim.random:
        least = "2; one is enough with random: false" if claim.random else "1"
        raise UserError(f"{where}.seeds is {claim.seeds}; it must be at least {least}")
    judged: list[Measure | Comparison] = [*claim.measures, *claim.comparisons]
    for each in judged:
        split, slash, _ = each.metric.partition("/")
        if not slash or split not in config["evaluate"]:
            raise UserError(f"{where}: metric '{each.metric}' has no split in evaluate={list(config['evaluate'])}")
    for measure in claim.measures:
        check(measure, claim, where)
    pairs: list[Comparison | Curves] = [*claim.comparisons, *([claim.curves] if claim.curves else [])]
    for pair in pairs:
        for arm in (pair.lower, pair.upper):
            if arm not in claim.arms:
                raise unknown(f"arm in {where}", arm, claim.arms)
        if pair.lower == pair.upper:
            raise UserError(f"{where}: {pair.metric} compares the arm '{pair.lower}' with itself; it takes two arms")
    check_initial_weights(claim, where)
    return claim


def check(measure: Measure, claim: Claim, where: str) -> None:
    """Raise UserError for an invalid measure."""
    if (measure.tolerance > 0) != (measure.compare == "within"):
        needs = "one above 0" if measure.compare == "within" else "none"
        raise UserError(
            f"{where}: tolerance of {measure.metric} is {measure.tolerance}; '{measure.compare}' takes {needs}"
        )
    if (measure.better is None) != (measure.compare != "one_run"):
        needs = "lower | higher" if measure.compare == "one_run" else "none"
        raise UserError(f"{where}: better of {measure.metric} is {measure.better}; '{measure.compare}' takes {needs}")
    if measure.arm is not None and measure.arm not in claim.arms:
        raise unknown(f"arm in {where}", measure.arm, claim.arms)


def check_initial_weights(claim: Claim, where: str) -> None:
    """Raise UserError unless each arm begins with the weights of an earlier arm."""
    order = list(claim.arms)
    for arm, source in claim.initial_weights.items():
        for each in (arm, source):
            if each not in claim.arms:
                raise unknown(f"arm in {where}.initial_weights", each, claim.arms)
        if order.index(source) >= order.index(arm):
            raise UserError(
                f"{where}: arm '{arm}' begins with the weights of '{source}', which must stand before it in arms"
            )


def parse(kind: type[T], plain: Any, where: str) -> T:
    """Return a dataclass built from plain data. Raises UserError for unknown and missing keys, and for wrong types."""
    if not isinstance(plain, dict):
        raise UserError(f"{where} is {plain!r}; it must be a mapping")
    types = get_type_hints(kind)
    for key, value in plain.items():
        if key not in types:
            raise unknown(f"key of {where}", str(key), types)
        if not matches_type(value, types[key]):
            raise UserError(f"{where}.{key} is {value!r}; it takes {type_name(types[key])}")
    for each in fields(kind):  # type: ignore[arg-type]
        if each.name not in plain and each.default is MISSING and each.default_factory is MISSING:
            raise UserError(f"{where}.{each.name} is not given")
    return kind(**plain)
