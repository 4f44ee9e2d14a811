"""What there is: lists, descriptions and help, all read from source text and config files without importing torch."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from .compose import configs_dir, model_config
from .errors import UserError, nearest, unknown
from .signatures import RESERVED, cards, find_class, parameters, spell
from .summary import table as columns

GROUPS = {
    "models": "model",
    "data": "data",
    "losses": "loss",
    "rules": "rule",
    "optimizers": "optimizer",
    "schedulers": "scheduler",
    "experiments": "experiment",
}
SHOWN = (
    "model",
    "data",
    "loss",
    "rule",
    "optimizer",
    "scheduler",
    "task",
    "callbacks",
    "logger",
    "experiment",
    "debug",
)


def options(group: str) -> dict[str, Path]:
    """Return name -> file of every option of a config group."""
    folder = configs_dir() / group
    files = sorted(folder.rglob("*.yaml"))
    return {str(file.relative_to(folder).with_suffix("")): file for file in files}


def table(kind: str = "models", pattern: str = "*") -> str:
    """Return the names of a kind that match a shell pattern, each with a line of what it is."""
    if kind not in GROUPS:
        if pattern != "*":
            raise unknown("kind", kind, GROUPS)
        kind, pattern = "models", kind
    shell = pattern if any(c in pattern for c in "*?[") else f"*{pattern}*"
    lines = {name: title(GROUPS[kind], name, file) for name, file in options(GROUPS[kind]).items()}
    rows = [[name, line] for name, line in lines.items() if fnmatchcase(name, shell)]
    if not rows:
        raise UserError(f"no {kind} match '{pattern}'{nearest(pattern, [*lines, *GROUPS])}")
    return columns(rows) + "\n"


def title(group: str, name: str, file: Path) -> str:
    """Return the line that says what an option is."""
    node: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    if group == "model":
        found = card_of(name)
        if found:
            return dict(found[0].variants).get(name, found[0].title)
    if group == "experiment":
        claim = node.get("claim", {})
        return f"{claim.get('title', '')} [{claim.get('source', '')}]"
    node = node.get(group, node)
    target = str(node.get("_target_", ""))
    module, _, cls = target.rpartition(".")
    definition = find_class(module, cls) if module.startswith("nnzoo.") else None
    text = ast.get_docstring(definition) if definition else None
    return text.splitlines()[0] if text else target


def card_of(name: str) -> tuple[Any, str, str] | None:
    """Return (card, docstring, target) of a model or of the one it is a variant of."""
    found = cards()
    by_variant = {variant: key for key, (card, _, _) in found.items() for variant, _ in card.variants}
    return found.get(name) or found.get(by_variant.get(name, ""))


def describe(name: str) -> str:
    """Return what a network is, where it comes from, what it takes and what can be set."""
    names = options("model")
    found = card_of(name)
    if name not in names or found is None:
        raise unknown("model", name, names)
    card, text, target = found
    node = model_config(name)
    lines = [f"{name}: {dict(card.variants).get(name, card.title)}", "", text, ""]
    lines += [f"sources   {'; '.join(card.sources)}", f"family    {card.family}"]
    lines += [f"takes     {', '.join(card.accepts)}", f"does      {', '.join(card.tasks)}"]
    if chosen := list(settings(yaml.safe_load(names[name].read_text(encoding="utf-8")))):
        lines.append(f"sets      {' '.join(chosen)}")
    if card.variants:
        lines.append(f"variants  {', '.join(v for v, _ in card.variants)}")
    rows = [
        [f"  model.{key}={plain(node.get(key, p.default))}", spell(p.type)]
        for key, p in (parameters(target) or {}).items()
        if key not in RESERVED
    ]
    lines += ["", "settings", columns(rows)] if rows else ["", "nothing to set"]
    texts = {e: file.read_text(encoding="utf-8") for e, file in options("experiment").items()}
    uses = [e for e, text in texts.items() if f"model: {name}\n" in text or f'"model={name}"' in text]
    data = " data=reber" if card.accepts[0] in ("sequence", "tokens") else ""
    commands = [f"nnzoo train model={name}{data}"] if card.trainable else []
    commands += [f"nnzoo train experiment={use}" for use in uses]
    lines += ["", *(f"{'' if i else 'try':9} {command}" for i, command in enumerate(commands))]
    return "\n".join(lines) + "\n"


def settings(file: dict[str, Any]) -> Iterator[str]:
    """Yield what a method sets beside its network: loss, rule, task, optimizer."""
    if "model" in file:
        for default in file["defaults"]:
            yield from (f"{key.removeprefix('override /')}={value}" for key, value in default.items())
        for key, value in file.items():
            if isinstance(value, dict) and key != "model":
                yield from (f"{key}.{name}={plain(inner)}" for name, inner in value.items())
            elif key not in ("defaults", "model"):
                yield f"{key}={plain(value)}"


def plain(value: Any) -> str:
    """Return a value as it is written on the command line."""
    if isinstance(value, tuple | list):
        return "[" + ",".join(map(plain, value)) + "]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def choices() -> str:
    """Return every config group with its options, and examples."""
    rows = [[f"  {group}=", ", ".join(options(group))] for group in SHOWN]
    return f"""groups
{columns(rows)}

and any value: seed, init, trainer.max_epochs, data.batch_size, optimizer.lr, model.hidden ...
  --cfg job      show the whole config      --cfg job --resolve   with references resolved

examples
  nnzoo train model=mlp data=mnist 'model.hidden=[120,84]' optimizer=sgd optimizer.lr=0.5
  nnzoo train model=rnn data=reber
  nnzoo train -m model=mlp,lenet5 seed=0,1,2
  nnzoo train experiment=zaki_meira/lenet5_mnist
  nnzoo train debug=fast
"""
