"""`nnzoo info`: what something is and what can be set, from source text and config files, without importing torch."""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import yaml

from ..config.catalogue import cards
from ..config.compose import DICT_GROUPS
from ..config.groups import GROUPS
from ..config.instantiate import targets
from ..config.inventory import (
    comment,
    documentation,
    first_line,
    group_of,
    list_options,
    options,
    other_settings,
    setting,
    title,
)
from ..config.schema import SECTIONS
from ..config.signatures import FILLED, REQUIRED, Parameter, class_attribute, default_batch_size, parameters, type_name
from ..errors import UserError, did_you_mean, unknown
from ..experiments.claims import SIGNS, Comparison, Curves, read_claim
from ..formatting import format_table

USES, TRIES = 12, 3  # at most so many are shown
EXAMPLE = {
    "input": "digits",
    "real": "stairs",
    "multilabel": "reber",
    "next_token": "char_text",
    "sequence": "reverse",
    "none": "ring",
}  # target -> data to try it with
MODELS = {
    "nnzoo.data.ratings.": "matrix_factorization",
    "nnzoo.data.points.ring.": "gan",
    "nnzoo.data.sequences.reverse.": "seq2seq",
    "nnzoo.data.sequences.sums.": "seq2seq",
}  # data sets -> a network for them
OF_TARGET: dict[tuple[str, ...], str] = {
    ("none",): "gan",
    ("sequence",): "seq2seq",
}  # the only targets taken -> a network for them
NEEDS = {"task=rule": " rule=perceptron"}  # further choices that an option needs
PAGES = {
    "torch.": "https://docs.pytorch.org/docs/stable/generated/{}.html",
    "pytorch_lightning.": "https://lightning.ai/docs/pytorch/stable/api/{}.html",
}


class Option(NamedTuple):
    """An option of a config group: its file, the text of it and what that says."""

    group: str
    name: str
    file: Path
    text: str
    content: dict[str, Any]

    @property
    def nodes(self) -> dict[str, dict[str, Any]]:
        """Return dotted path -> config of every class that the option names."""
        inside = "" if "# @package _global_" in self.text else self.group
        return {f"{inside}.{path}".strip("."): node for path, node in targets(self.content)}

    @property
    def target(self) -> str:
        """Return the class that the option is of, empty if it is of none or of several."""
        return str(self.nodes.get(self.group, {}).get("_target_", ""))


def describe(*words: str) -> str:
    """Return what goes by a name in all groups or, given group and name or "group=name", in one.

    Raises UserError, with the nearest name, if nothing does.
    """
    kind, _, name = " ".join(words).replace("=", " ", 1).rpartition(" ")
    group = group_of(kind) if kind else ""
    among = [option for option in every() if group in ("", option.group)]
    parts = [description(option) for option in among if name in names(option)]
    parts = parts or [part(option, path) for option in among for path in option.nodes if is_part(path, name)]
    if parts:
        return "\n\n".join(re.sub(r"\n{3,}", "\n\n", "\n".join(each).rstrip()) for each in parts) + "\n"
    if group:
        raise unknown(group, name, options(group))
    if name in GROUPS or name in GROUPS.values():
        return list_options(name)
    known = {option.name: option.group for option in reversed(among)}
    close = re.search(r"'(.*)'", did_you_mean(name, known))
    hint = f"; did you mean '{known[close[1]]}={close[1]}'?" if close else f"; nnzoo list shows {', '.join(GROUPS)}"
    raise UserError(f"unknown name '{name}'{hint}")


@cache
def every() -> tuple[Option, ...]:
    """Return all options of all groups."""
    return tuple(read(group, name, file) for group in GROUPS.values() for name, file in options(group).items())


def find(group: str, name: str) -> Option:
    """Return an option by its name."""
    return next(option for option in every() if (option.group, option.name) == (group, name))


def read(group: str, name: str, file: Path) -> Option:
    """Return an option by its file."""
    text = file.read_text(encoding="utf-8")
    return Option(group, name, file, text, yaml.safe_load(text) or {})


def names(option: Option) -> tuple[str, ...]:
    """Return what an option may be called: an experiment also without its source, the only one of some groups by it."""
    return (option.group, option.name) if option.group in SECTIONS else (option.name, option.name.rpartition("/")[2])


def is_part(path: str, name: str) -> bool:
    """Tell whether a dotted path is that of a callback, logger or metric of this name."""
    group, _, key = path.partition(".")
    return group in DICT_GROUPS and key == name


def part(option: Option, path: str) -> Iterator[str]:
    """Yield the lines about one callback or logger of those that an option has."""
    target = str(option.nodes[path]["_target_"])
    text = documentation(target) or target
    yield f"{path}, of {option.group}={option.name}: {first_line(text)}"
    yield from ("", rest(text) or page(target), "")
    yield from settings(option, (path,))
    yield from ("", f"try       nnzoo train '~{path}'  # without it")


def description(option: Option) -> Iterator[str]:
    """Yield the lines about an option: what it is, what it takes, what can be set, who uses it, what to try."""
    group, name = option.group, option.name
    yield f"{group}={name}: {title(group, name, option.file)}"
    section = SECTIONS[group].__doc__ if group in SECTIONS else None
    text = section or documentation(option.target) or comment(option.text)
    yield from ("", text if group == "model" else rest(cleandoc(text)) or page(option.target), "")
    yield from facts(option)
    users = [f"{user.group}={user.name}" for user in every() if uses(user, option)]
    if users:
        more = f" and {len(users) - USES} more" if len(users) > USES else ""
        yield f"used by   {', '.join(users[:USES])}{more}"
    yield ""
    if group != "experiment":
        yield from settings(option, (group,) if group in SECTIONS else tuple(option.nodes))
    yield ""
    yield from (f"{'' if i else 'try':9} {command}" for i, command in enumerate(commands(option, users)))


def rest(text: str) -> str:
    """Return a docstring without its first line."""
    return text.partition("\n")[2].strip()


def page(target: str) -> str:
    """Return where a class of PyTorch or Lightning is described."""
    public = target.replace("pytorch_lightning", "lightning.pytorch")
    return next((url.format(public) for package, url in PAGES.items() if target.startswith(package)), "")


def facts(option: Option) -> Iterator[str]:
    """Yield what is known beside the settings, a line each."""
    if option.group == "experiment":
        yield from claimed(option.name)
    if option.group == "model":
        card = cards()[option.name]
        yield f"sources   {'; '.join(card.sources)}"
        yield f"family    {card.family}"
        yield f"inputs    {', '.join(card.traits.inputs)}"
        yield f"targets   {', '.join(card.targets)}"
        if card.causal is not None:
            yield f"causal    {card.causal_text}"
        alike = [name for name, other in cards().items() if other.target == card.target and name != option.name]
        if alike:
            yield f"see also  {', '.join(alike)}, of the same class"
    if option.group == "data" and (size := default_batch_size(option.target)):
        yield f"batches   of {size} examples; loader.batch_size changes it"
    if option.group in DICT_GROUPS:
        classes = {path: str(node["_target_"]) for path, node in option.nodes.items()}
        yield from (f"{path}: {first_line(documentation(target)) or target}" for path, target in classes.items())
    if option.group in ("loss", "task") and (taken := taken_by(option.target)):
        yield f"targets   {', '.join(taken)}"
    if chosen := list(other_settings(option.group, option.file)):
        yield f"sets      {' '.join(chosen)}"


def claimed(name: str) -> Iterator[str]:
    """Yield what an experiment is about: the source, what was published, what is done otherwise."""
    claim = read_claim(name)
    yield f"source    {claim.source}"
    yield f"runs      {claim.seeds} seeds of {', '.join(filter(None, claim.arms)) or 'one network'}; {claim.cost}"
    for measure in claim.measures:
        yield f"published {measure.metric} {SIGNS[measure.compare]}{measure.published:g} {measure.arm or ''}".rstrip()
    orders: list[Comparison | Curves] = [*claim.comparisons, *([claim.curves] if claim.curves else [])]
    yield from (f"published {order.metric}: {order.lower} below {order.upper}" for order in orders)
    yield from (f"otherwise {sentence}" for sentence in claim.deviations)


def taken_by(target: str) -> tuple[str, ...]:
    """Return the kinds of target that a loss or task takes, empty if its source does not list them."""
    value = class_attribute(target, "targets")
    return ast.literal_eval(value) if isinstance(value, ast.Tuple) else ()


def uses(user: Option, option: Option) -> bool:
    """Tell whether an option chooses another one."""
    if (user.group, user.name) == (option.group, option.name):
        return False
    chosen = rf"\b{option.group}(?:: |=){re.escape(option.name)}(?![\w/])"
    return re.search(chosen, user.text) is not None


def settings(option: Option, paths: Sequence[str]) -> Iterator[str]:
    """Yield a table of what can be set below some paths: key=default, type, and what the config file says of it."""
    remarks = dict(re.findall(r"^\s*(\w+):[^#\n]*#\s*(.+)$", option.text, re.MULTILINE))
    rows = []
    for path in paths:
        node = option.nodes.get(path, option.content)
        known = arguments(str(node.get("_target_", "")), option.group)
        found = [name for name in known if name not in FILLED]
        found += [name for name in node if name not in known and not name.startswith("_")]
        for name in found:
            default = node.get(name, known[name].default if name in known else None)
            key, value = (name, "...") if default in ("???", REQUIRED) else setting(name, default)
            kind = type_name(known[name].type) if name in known else type(default).__name__
            remark = "must be given" if value == "..." else remarks.get(name, "")
            rows.append([f"  {path}.{key}={value}", kind, "" if remark == kind else remark])
    yield from ("settings", format_table(rows)) if rows else ("nothing to set",)


def arguments(target: str, group: str) -> dict[str, Parameter]:
    """Return name -> type and default of what can be set."""
    if group in SECTIONS:
        return {name: Parameter(kind, REQUIRED) for name, kind in get_type_hints(SECTIONS[group]).items()}
    return parameters(target) or {}


def commands(option: Option, users: Sequence[str]) -> Iterator[str]:
    """Yield commands to try."""
    group, choice = option.group, f"{option.group}={option.name}"
    ways = [user for user in users if user.startswith(("model=", "data="))]
    experiments = [f"nnzoo train {user}" for user in users if user.startswith("experiment=")]
    if group == "experiment":
        experiments = [f"nnzoo train {choice}", f"nnzoo reproduce {option.name}"]
    elif group == "trainer":
        yield "nnzoo train trainer.max_epochs=5"
    elif group == "loader":
        yield "nnzoo train loader.batch_size=64"
    elif group == "model":
        yield cards()[option.name].command
    elif group == "data":
        missing = [f" {path}.{key}=..." for path, node in option.nodes.items() for key in node if node[key] == "???"]
        model = next((name for package, name in MODELS.items() if option.target.startswith(package)), "mlp")
        yield f"nnzoo train model={model} {choice}{''.join(missing)}"
    elif ways and (group == "rule" or option.target.startswith("nnzoo.")):
        yield from list(commands(find(*ways[0].split("=")), ()))[:1]
    elif group in ("callbacks", "logger", "debug"):
        yield f"nnzoo train {choice}"
    else:
        taken = taken_by(option.target)
        yield f"nnzoo train model={OF_TARGET.get(taken, 'mlp')} {choice}{NEEDS.get(choice, '')}{data_for(taken)}"
    yield from experiments[:TRIES]


def data_for(taken: Sequence[str]) -> str:
    """Return the choice of data with one of some kinds of target, empty if the usual data will do."""
    return "" if not taken or "classes" in taken else f" data={EXAMPLE[taken[0]]}"
