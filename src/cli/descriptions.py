"""`nnzoo info`: the description and settings of options, from source text and config files. Imports no torch."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

from ..config.catalogue import cards
from ..config.files import options, parse_config
from ..config.groups import DICT_GROUPS, GROUPS
from ..config.instantiate import targets
from ..config.inventory import (
    comment,
    documentation,
    first_line,
    group_of,
    list_options,
    other_settings,
    setting,
    title,
)
from ..config.plugins import plugin_of, warn
from ..config.schema import SECTIONS
from ..config.signatures import FILLED, REQUIRED, Parameter, default_batch_size, parameters, type_name
from ..config.target_kinds import data_overrides, targets_of
from ..errors import UserError, did_you_mean, unknown
from ..experiments.claims import SIGNS, Comparison, Curves, read_claim
from ..formatting import format_table

MAX_USES, MAX_EXPERIMENTS = 12, 3  # in a description
MODEL_FOR_DATA = {
    "nnzoo.data.ratings.": "matrix_factorization",
    "nnzoo.data.graphs.": "matrix_factorization",
    "nnzoo.data.text.cooccurrences.": "pmi_svd",
    "nnzoo.data.text.corpus.": "skip_gram",
    "nnzoo.data.points.ring.": "gan",
    "nnzoo.data.sequences.reverse.": "seq2seq",
    "nnzoo.data.sequences.sums.": "seq2seq",
}  # package of data sets -> a network that takes them
MODEL_FOR_TARGETS: dict[tuple[str, ...], str] = {
    ("none",): "gan",
    ("class_box",): "localizer",
    ("sequence",): "seq2seq",
}  # kinds of target, if a loss or task takes no others -> a network that learns them
REQUIRED_CHOICES = {"task=rule": " rule=perceptron"}  # option -> another option that it needs
WORD_VECTORS = "model=skip_gram data=brown "
NODE_VECTORS = "model=matrix_factorization data=karate "
CHOICES_BEFORE = {  # option -> the options of a run that it fits
    "evaluations=analogies": WORD_VECTORS,
    "evaluations=link_prediction": NODE_VECTORS,
    "evaluations=node_classes": NODE_VECTORS,
    "evaluations=word_similarity": WORD_VECTORS,
    "callbacks=neighbors": WORD_VECTORS,
    "callbacks=epoch_evaluations": "model=autoencoder evaluations=nearest_neighbours ",
}
DOCUMENTATION = {
    "torch.": "https://docs.pytorch.org/docs/stable/generated/{}.html",
    "pytorch_lightning.": "https://lightning.ai/docs/pytorch/stable/api/{}.html",
}


class Option(NamedTuple):
    """An option of a config group: its file, the text of the file and its parsed content."""

    group: str
    name: str
    file: Path
    text: str
    content: dict[str, Any]

    @property
    def nodes(self) -> dict[str, dict[str, Any]]:
        """Return dotted path -> config of every class that the option names."""
        declared = re.search(r"^# @package (\S+)", self.text, re.MULTILINE)
        inside = declared[1].removeprefix("_global_") if declared else self.group
        return {f"{inside}.{path}".strip("."): node for path, node in targets(self.content)}

    @property
    def target(self) -> str:
        """Return the class of the option, "" if it has none or several."""
        return str(self.nodes.get(self.group, {}).get("_target_", ""))


def describe(*words: str) -> str:
    """Describe all options with a name or, given a group and a name or "group=name", the option of this group.

    Raises UserError with the nearest name for an unknown name.
    """
    kind, _, name = " ".join(words).replace("=", " ", 1).rpartition(" ")
    group = group_of(kind) if kind else ""
    among = [option for option in all_options() if group in ("", option.group)]
    parts = [describe_option(option) for option in among if name in names_of(option)]
    parts = parts or [
        describe_object(option, path) for option in among for path in option.nodes if is_object(path, name)
    ]
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
def all_options() -> tuple[Option, ...]:
    """Return all options of all groups, without those of plug-ins that cannot be read. Warns of these."""
    found = []
    for group in GROUPS.values():
        for name, file in options(group).items():
            plugin = plugin_of(file)
            if group == "model" and name not in cards():
                continue
            try:
                found.append(read_option(group, name, file))
            except Exception as error:
                if plugin is None:
                    raise
                warn(plugin.name, f"{group}={name} cannot be read: {error}")
    return tuple(found)


def get_option(group: str, name: str) -> Option:
    """Return an option by its name."""
    return next(option for option in all_options() if (option.group, option.name) == (group, name))


def read_option(group: str, name: str, file: Path) -> Option:
    """Return the option that a file defines, with the settings of an option of its group on which it is based."""
    text = file.read_text(encoding="utf-8")
    content = parse_config(text) or {}
    if group not in DICT_GROUPS:
        for base in content.pop("defaults", ()):
            if isinstance(base, str) and base != "_self_":
                below = read_option(group, base, options(group)[base])
                text, content = f"{below.text}\n{text}", below.content | content
    return Option(group, name, file, text, content)


def names_of(option: Option) -> tuple[str, ...]:
    """Return the names of an option: experiments also without their source, trainer and loader by their group."""
    return (option.group, option.name) if option.group in SECTIONS else (option.name, option.name.rpartition("/")[2])


def is_object(path: str, name: str) -> bool:
    """Return whether a dotted path belongs to a callback, logger, penalty or metric of this name."""
    group, _, key = path.partition(".")
    return group in DICT_GROUPS and key == name


def describe_object(option: Option, path: str) -> Iterator[str]:
    """Yield the lines that describe one callback, logger, penalty or metric of an option."""
    target = str(option.nodes[path]["_target_"])
    text = documentation(target) or target
    yield f"{path} (from {option.group}={option.name}): {first_line(text)}"
    yield from ("", without_first_line(text) or documentation_url(target), "")
    yield from settings_table(option, (path,))
    yield from ("", f"try       nnzoo train '~{path}'  # removes it")


def describe_option(option: Option) -> Iterator[str]:
    """Yield the lines that describe an option: documentation, facts, users, settings and example commands."""
    group, name = option.group, option.name
    yield f"{group}={name}: {title(group, name, option.file)}"
    section = SECTIONS[group].__doc__ if group in SECTIONS else None
    text = section or documentation(option.target) or comment(option.text)
    yield from (
        "",
        text if group == "model" else without_first_line(cleandoc(text)) or documentation_url(option.target),
        "",
    )
    yield from facts(option)
    users = [f"{user.group}={user.name}" for user in all_options() if chooses(user, option)]
    if users:
        more = f" and {len(users) - MAX_USES} more" if len(users) > MAX_USES else ""
        yield f"used by   {', '.join(users[:MAX_USES])}{more}"
    yield ""
    if group != "experiment":
        yield from settings_table(option, (group,) if group in SECTIONS else tuple(option.nodes))
    yield ""
    yield from (f"{'' if i else 'try':9} {command}" for i, command in enumerate(example_commands(option, users)))


def without_first_line(text: str) -> str:
    """Return a docstring without its first line."""
    return text.partition("\n")[2].strip()


def documentation_url(target: str) -> str:
    """Return the URL of the documentation of a class of PyTorch or Lightning, "" for other classes."""
    public = target.replace("pytorch_lightning", "lightning.pytorch")
    return next((url.format(public) for package, url in DOCUMENTATION.items() if target.startswith(package)), "")


def facts(option: Option) -> Iterator[str]:
    """Yield the lines with sources, inputs, targets and the like."""
    if plugin := plugin_of(option.file):
        yield f"plug-in   {plugin.name}, package {plugin.package}"
    if option.group == "experiment":
        yield from experiment_facts(option.name)
    if option.group == "model":
        card = cards()[option.name]
        if card.sources:
            yield f"sources   {'; '.join(card.sources)}"
        yield f"family    {card.family}"
        yield f"inputs    {', '.join(card.traits.inputs)}"
        yield f"targets   {', '.join(card.targets)}"
        if "image" in card.traits.inputs:
            yield f"layers    nnzoo info {option.name} input=3x224x224 lists them with their sizes"
        if card.causal is not None:
            yield f"causal    {card.causal_text}"
        others = [name for name, other in cards().items() if other.target == card.target and name != option.name]
        if others:
            yield f"see also  {', '.join(others)} (same class)"
    if option.group == "data" and (size := default_batch_size(option.target)):
        yield f"batches   {size} examples by default; loader.batch_size changes the number"
    if option.group in DICT_GROUPS:
        classes = {path: str(node["_target_"]) for path, node in option.nodes.items()}
        yield from (f"{path}: {first_line(documentation(target)) or target}" for path, target in classes.items())
    if option.group in ("loss", "task") and (taken := targets_of(option.target)):
        yield f"targets   {', '.join(taken)}"
    if chosen := list(other_settings(option.group, option.file)):
        yield f"sets      {' '.join(chosen)}"


def experiment_facts(name: str) -> Iterator[str]:
    """Yield the lines with source, published results and deviations of an experiment."""
    claim = read_claim(name)
    yield f"source    {claim.source}"
    yield f"runs      {claim.seeds} seeds of {', '.join(filter(None, claim.arms)) or 'one network'}; {claim.cost}"
    for measure in claim.measures:
        yield f"published {measure.metric} {SIGNS[measure.compare]}{measure.published:g} {measure.arm or ''}".rstrip()
    orders: list[Comparison | Curves] = [*claim.comparisons, *([claim.curves] if claim.curves else [])]
    yield from (f"published {order.metric}: {order.lower} below {order.upper}" for order in orders)
    yield from (f"deviation {sentence}" for sentence in claim.deviations)


def chooses(user: Option, option: Option) -> bool:
    """Return whether an option selects another option."""
    if (user.group, user.name) == (option.group, option.name):
        return False
    chosen = rf"\b{option.group}(?:: |=){re.escape(option.name)}(?![\w/])"
    return re.search(chosen, user.text) is not None


def settings_table(option: Option, paths: Sequence[str]) -> Iterator[str]:
    """Yield a table of the settings at some paths: key=default, type, and the comment in the config file."""
    remarks = dict(re.findall(r"^\s*(\w+):[^#\n]*#\s*(.+)$", option.text, re.MULTILINE))
    rows = []
    if option.group == "sweep" and "trials" in (shared := option.content.get("sweep", option.content)):
        rows.append([f"  sweep.trials={shared['trials']}", "int", remarks.get("trials", "")])
    for path in paths:
        node = option.nodes.get(path, option.content)
        known = arguments(str(node.get("_target_", "")), option.group)
        found = [name for name in known if name not in FILLED]
        found += [name for name in node if name not in known and not name.startswith("_")]
        for name in found:
            default = node.get(name, known[name].default if name in known else None)
            key, value = (name, "...") if default in ("???", REQUIRED) else setting(name, default)
            kind = type_name(known[name].type) if name in known else type(default).__name__
            remark = "required" if value == "..." else remarks.get(name, "")
            rows.append([f"  {path}.{key}={value}", kind, "" if remark == kind else remark])
    yield from ("settings", format_table(rows)) if rows else ("no settings",)


def arguments(target: str, group: str) -> Mapping[str, Parameter]:
    """Return name -> type and default of the settings of a class or section."""
    if group in SECTIONS:
        return {name: Parameter(kind, REQUIRED) for name, kind in get_type_hints(SECTIONS[group]).items()}
    return parameters(target) or {}


def example_commands(option: Option, users: Sequence[str]) -> Iterator[str]:
    """Yield example commands."""
    group, choice = option.group, f"{option.group}={option.name}"
    ways = [user for user in users if user.startswith(("model=", "data="))]
    experiments = [f"nnzoo train {user}" for user in users if user.startswith("experiment=")]
    if group == "experiment":
        experiments = [f"nnzoo train {choice}", f"nnzoo reproduce {option.name}"]
    elif group == "trainer":
        yield "nnzoo train trainer.max_epochs=5"
    elif group == "loader":
        yield "nnzoo train loader.batch_size=64"
    elif group == "launcher":
        yield f"nnzoo train {choice} sweep.workers=4 optimizer.lr=0.1,0.01,0.001,0.0001"
    elif group in ("sweep", "pruner"):
        points = " sweep.strategy.points=5" if option.name in ("grid", "vectorized") else ""
        search = "sweep=random " if group == "pruner" else ""
        yield f"nnzoo train {search}{choice}{points} 'optimizer.lr=tag(log,interval(1e-4,1e-1))'"
    elif group == "model":
        yield cards()[option.name].command
    elif group == "data":
        missing = [f" {path}.{key}=..." for path, node in option.nodes.items() for key in node if node[key] == "???"]
        model = next((name for package, name in MODEL_FOR_DATA.items() if option.target.startswith(package)), "mlp")
        yield f"nnzoo train model={model} {choice}{''.join(missing)}"
    elif ways and (group == "rule" or option.target.startswith("nnzoo.")):
        yield from list(example_commands(get_option(*ways[0].split("=")), ()))[:1]
    elif group == "evaluations":
        yield f"nnzoo train {CHOICES_BEFORE.get(choice, 'model=autoencoder ')}{choice}"
    elif group in ("callbacks", "logger", "debug"):
        yield f"nnzoo train {CHOICES_BEFORE.get(choice, '')}{choice}"
    else:
        taken = targets_of(option.target)
        model = MODEL_FOR_TARGETS.get(taken, "mlp")
        data = "".join(f" {override}" for override in data_overrides(taken))
        yield f"nnzoo train model={model} {choice}{REQUIRED_CHOICES.get(choice, '')}{data}"
    yield from experiments[:MAX_EXPERIMENTS]
