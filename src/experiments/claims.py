"""Published results, and verdicts on whether runs reproduce them. Imports no torch.

Verdicts: `reproduced`, `better` or `missed`, see `Measure.verdict`. That of a claim is the worst of its measures.
"""

import hashlib
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import Any, Literal, TypeVar, get_type_hints

from omegaconf import OmegaConf

from ..config.composer import Composer
from ..config.moved import original_config
from ..config.signatures import matches_type, type_name
from ..errors import UserError, unknown
from ..formatting import sample_std
from ..runs.atomic import none_to_nan

Verdict = Literal["better", "reproduced", "missed"]
VERDICTS: tuple[Verdict, ...] = ("better", "reproduced", "missed")  # from best to worst
COSTS = ("seconds", "minutes", "hours")
# These do not change the metrics, except for the callbacks in `fingerprint`.
NOT_FINGERPRINTED = ("seed", "choices", "output_dir", "name", "allow", "callbacks", "logger", "claim", "trial")
# Settings of the trainer that change metrics only by rounding.
NOT_OF_TRAINER = ("engine", "devices", "strategy", "cuda_graphs", "channels_last", "matmul_precision")

T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """The run of one seed. status: done, diverged or failed; metrics: by split and checkpoint.

    curve: the metric of `Claim.curves` after each epoch; seconds: wall time.
    """

    arm: str
    seed: int
    status: str
    seconds: float
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    curve: list[float] = field(default_factory=list)
    message: str = ""


def read_run(plain: dict[str, Any]) -> Run:
    """Return a run from a result file, in which null stands for a non-finite number."""
    return Run(**plain | {key: none_to_nan(plain[key]) for key in ("metrics", "curve") if key in plain})


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

    metric: split and metric, such as `test/errors`; checkpoint: weights to evaluate; tolerance: in units of the metric,
    see `verdict`; over: judge every seed or the mean over seeds; arm: None = all arms.
    """

    metric: str
    published: float
    compare: Literal["equals", "at_most", "at_least", "within"]
    checkpoint: Literal["last", "best"] = "last"
    tolerance: float = 0.0
    over: Literal["every_seed", "mean"] = "every_seed"
    arm: str | None = None

    def verdict(self, value: float) -> Verdict:
        """Return the verdict on one number. NaN is missed.

        equals: reproduced if it equals the published number. within: reproduced if it differs by at most `tolerance`.
        at_most, at_least: missed on the wrong side of the published number, better if it is on the right side by more
        than `tolerance`, reproduced in between.
        """
        gap = abs(value - self.published)
        if self.compare in ("equals", "within"):
            return "reproduced" if gap <= self.tolerance else "missed"
        right = value <= self.published if self.compare == "at_most" else value >= self.published
        if not right:
            return "missed"
        return "better" if gap > self.tolerance else "reproduced"

    def value(self, run: Run) -> float:
        """Return the metric of one run. Raises UserError if it was not measured."""
        return metric_value(run, self.metric, self.checkpoint)


@dataclass(frozen=True)
class Comparison:
    """A published order: the metric of one arm is lower than that of another, for every seed or in the mean."""

    metric: str
    lower: str
    upper: str
    checkpoint: Literal["last", "best"] = "last"
    over: Literal["every_seed", "mean"] = "every_seed"

    def value(self, run: Run) -> float:
        """Return the metric of one run. Raises UserError if it was not measured."""
        return metric_value(run, self.metric, self.checkpoint)


@dataclass(frozen=True)
class Curves:
    """A published plot: the metric of one arm is lower than that of another after every epoch, for every seed."""

    metric: str
    lower: str
    upper: str


@dataclass(frozen=True)
class Claim:
    """A published result.

    source: text and section; seeds: number of runs per arm; cost: of all runs; deviations: sentences about settings
    that are not published or differ; arms: name -> overrides, for results about several networks.
    """

    title: str
    source: str
    cost: Literal["seconds", "minutes", "hours"]
    deviations: Sequence[str]
    seeds: int = 5
    measures: Sequence[Measure] = ()
    comparisons: Sequence[Comparison] = ()
    curves: Curves | None = None
    arms: dict[str, Sequence[str]] = field(default_factory=lambda: {"": ()})


@dataclass(frozen=True)
class Judged:
    """Our numbers for one measure: the value of each finished seed, and their statistics and verdict.

    right: number of values that are not missed; None if their mean is judged.
    """

    metric: str
    arm: str
    published: str
    values: list[float]
    mean: float | None
    sd: float | None
    min: float | None
    max: float | None
    right: int | None
    verdict: Verdict


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
    if claim.seeds < 1:
        raise UserError(f"{where}.seeds is {claim.seeds}; it must be at least 1")
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
    return claim


def check(measure: Measure, claim: Claim, where: str) -> None:
    """Raise UserError for an invalid measure."""
    tolerance, sensible = measure.tolerance, {"equals": measure.tolerance == 0, "within": measure.tolerance > 0}
    if not sensible.get(measure.compare, tolerance >= 0):
        needs = {"equals": "none", "within": "one above 0"}.get(measure.compare, "one of at least 0")
        raise UserError(f"{where}: tolerance of {measure.metric} is {tolerance}; '{measure.compare}' takes {needs}")
    if measure.arm is not None and measure.arm not in claim.arms:
        raise unknown(f"arm in {where}", measure.arm, claim.arms)


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


def judge(claim: Claim, runs: Sequence[Run]) -> list[Judged]:
    """Return our numbers and the verdict for each measure of each arm. A run that is not done is missed."""
    judged = []
    for measure in claim.measures:
        for arm in claim.arms if measure.arm is None else (measure.arm,):
            ours = [run for run in runs if run.arm == arm]
            values = [measure.value(run) for run in ours if run.status == "done"]
            compared = [statistics.fmean(values)] if measure.over == "mean" and values else values
            verdicts = [measure.verdict(value) for value in compared]
            published = f"{SIGNS[measure.compare]}{measure.published:g}"
            if measure.compare == "within":
                published += f" ± {measure.tolerance:g}"
            if measure.over == "mean":
                published += " in the mean"
            judged.append(
                summarize(measure.metric, arm, published, values, verdicts, complete=len(values) == len(ours))
            )
    judged += [judge_comparison(comparison, runs) for comparison in claim.comparisons]
    if claim.curves:
        judged.append(judge_curves(claim.curves, runs))
    return judged


SIGNS = {"equals": "", "within": "", "at_most": "≤ ", "at_least": "≥ "}


def judge_comparison(comparison: Comparison, runs: Sequence[Run]) -> Judged:
    """Return the difference between the upper and the lower arm for each seed."""
    pairs = paired(comparison.lower, comparison.upper, runs, comparison.value)
    values = [high - low for low, high in filter(None, pairs)]
    compared = [statistics.fmean(values)] if comparison.over == "mean" and values else values
    verdicts: list[Verdict] = ["reproduced" if value > 0 else "missed" for value in compared]
    metric = f"{comparison.metric}, {comparison.upper} minus {comparison.lower}"
    published = "> 0 in the mean" if comparison.over == "mean" else "> 0"
    return summarize(metric, "", published, values, verdicts, complete=all(pairs))


def judge_curves(curves: Curves, runs: Sequence[Run]) -> Judged:
    """Return the number of epochs after which the lower arm is not below the upper one, for each seed."""
    pairs = paired(curves.lower, curves.upper, runs, lambda run: run.curve)
    values = [float(sum(not a < b for a, b in zip(low, high, strict=True))) for low, high in filter(None, pairs)]
    verdicts: list[Verdict] = ["missed" if value else "reproduced" for value in values]
    metric = f"epochs with {curves.lower} not below {curves.upper} in {curves.metric}"
    return summarize(metric, "", "0", values, verdicts, complete=all(pairs))


def paired(lower: str, upper: str, runs: Sequence[Run], value: Callable[[Run], T]) -> list[tuple[T, T] | None]:
    """Return the values of two arms for each seed, None if one of the runs is not done."""
    ours = [run for run in runs if run.arm in (lower, upper)]  # other arms may lack the metric
    done = {(run.arm, run.seed): value(run) for run in ours if run.status == "done"}
    seeds = sorted({run.seed for run in runs})
    both = [((lower, seed), (upper, seed)) for seed in seeds]
    return [(done[low], done[high]) if low in done and high in done else None for low, high in both]


def summarize(
    metric: str, arm: str, published: str, values: list[float], verdicts: Sequence[Verdict], *, complete: bool
) -> Judged:
    """Return mean, sample standard deviation, range and verdict. The verdict is missed if a seed is missing."""
    return Judged(
        metric=metric,
        arm=arm,
        published=published,
        values=values,
        mean=statistics.fmean(values) if values else None,
        sd=sample_std(values) if len(values) > 1 else None,
        min=min(values, default=None),
        max=max(values, default=None),
        right=sum(verdict != "missed" for verdict in verdicts) if len(verdicts) == len(values) > 1 else None,
        verdict=worst(verdicts) if complete and verdicts else "missed",
    )


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the worst of some verdicts."""
    return max(verdicts, key=VERDICTS.index)


def composed(overrides: Sequence[str]) -> dict[str, Any]:
    """Return a resolved config as plain data. Raises UserError for wrong overrides."""
    plain: dict[str, Any] = OmegaConf.to_container(composer().compose(overrides), resolve=True)  # type: ignore[assignment]
    return plain


@cache
def composer() -> Composer:
    """Return what composes the configs; it composes each choice of options once."""
    return Composer([])


def arms(name: str, claim: Claim) -> dict[str, list[str]]:
    """Return the overrides of each arm of an experiment."""
    return {arm: [f"experiment={name}", *overrides] for arm, overrides in claim.arms.items()}


def fingerprint(name: str, claim: Claim) -> str:
    """Return a hash of the settings that affect the metrics: the configs of the arms, without the seed."""
    material = []
    for overrides in arms(name, claim).values():
        config = composed([*overrides, "seed=0"])
        kept = {key: value for key, value in config.items() if key not in NOT_FINGERPRINTED}
        trainer = {key: value for key, value in config.get("trainer", {}).items() if key not in NOT_OF_TRAINER}
        callbacks = {name: config["callbacks"].get(name) for name in ("early_stopping", "ema", "swa")}
        material.append(
            without_unset(original_config(kept | {"trainer": trainer} | callbacks))
        )  # with the callbacks that change the weights
    return hashlib.sha256(json.dumps(material, sort_keys=True).encode()).hexdigest()[:16]


def without_unset(node: Any) -> Any:
    """Return plain data without null and false, so that new settings that are off do not change fingerprints."""
    if not isinstance(node, dict):
        return node
    return {key: without_unset(value) for key, value in node.items() if value is not None and value is not False}
