"""Constructors and traits of classes, read from source text so that checks and lists do not import torch."""

import ast
import importlib.util
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from ..card import Traits
from .class_imports import syntax_error
from .schema import EXTERNAL

# Names that an annotation may use; an annotation with any other name is read as Any.
NAMES = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "Sequence": Sequence,
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "Literal": Literal,
    "Any": Any,
}
# Constructor arguments that are filled in from the data.
RESERVED = (
    "in_features",
    "in_shape",
    "out_features",
    "num_classes",
    "vocab_size",
    "seq_len",
    "target_len",
    "block_sizes",
    "input_means",
    "per_step",
    "num_users",
    "num_items",
    "num_ids",
    "num_actions",
)
# of tasks, heads, loggers, data sets and strategies of sweeps
FILLED = (*RESERVED, "components", "spec", "loss", "save_dir", "from_epoch", "params", "source", "trials", "optimizer")
OWN = "nnzoo."
REQUIRED = inspect.Parameter.empty
LIBRARIES = ("torch", "torchvision", "torchmetrics", "pytorch_lightning", "optuna")  # not read from their source


class Parameter(NamedTuple):
    """Type (a typing object) and default value of a constructor argument."""

    type: Any
    default: Any


@cache
def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a source file. Raises UserError if it is not valid Python."""
    try:
        return ast.parse(path.read_bytes(), str(path))
    except SyntaxError as error:
        raise syntax_error(error, str(path)) from error


def source_of(module: str) -> Path | None:
    """Return the file of a module, None if there is none; imports neither the module nor its packages."""
    return source_of_own(module) if module.startswith(OWN) else find_source(module)


@cache
def source_of_own(module: str) -> Path | None:
    """Return the file of a module of nnzoo, which stays where it is; those of users can be written at any time."""
    return find_source(module)


def find_source(module: str) -> Path | None:
    """Look for the file of a module."""
    package, *inner = module.split(".")
    try:
        spec = importlib.util.find_spec(package)
    except ValueError:  # __main__ of a notebook, or an empty name
        return None
    if spec is None:
        return None
    if inner:
        paths = [Path(place, *inner) for place in spec.submodule_search_locations or ()]
        found = [path / "__init__.py" if path.is_dir() else path.with_suffix(".py") for path in paths]
    else:
        found = [Path(spec.origin)] if spec.origin else []
    return next((path for path in found if path.suffix == ".py" and path.is_file()), None)


def definition_path(target: str) -> str:
    """Return the `_target_` in the defining module if `target` names a class of nnzoo by a package that imports it."""
    module, _, name = target.rpartition(".")
    path = source_of(module) if module.startswith(OWN) else None
    if path is None or path.name != "__init__.py":
        return target
    imports = (node for node in parse(path).body if isinstance(node, ast.ImportFrom) and node.level == 1)
    found = next((node.module for node in imports if any(alias.name == name for alias in node.names)), None)
    return f"{module}.{found}.{name}" if found else target


def parameters(target: str) -> Mapping[str, Parameter] | None:
    """Return the constructor arguments of the class `target`, None if they cannot be read from its source.

    For a class of another package they come from its schema (`schema.EXTERNAL`).
    """
    return parameters_of_own(target) if target.startswith(OWN) else find_parameters(target)


@cache
def parameters_of_own(target: str) -> Mapping[str, Parameter] | None:
    """Return the constructor arguments of a class of nnzoo."""
    return find_parameters(target)


def find_parameters(target: str) -> Mapping[str, Parameter] | None:
    """Read the constructor arguments of a class."""
    if target in EXTERNAL:
        kinds = get_type_hints(EXTERNAL[target])
        defaults = {f.name: REQUIRED if f.default is MISSING else f.default for f in fields(EXTERNAL[target])}
        return {name: Parameter(kind, defaults[name]) for name, kind in kinds.items()}
    module, _, name = target.rpartition(".")
    if module.partition(".")[0] in LIBRARIES:
        return None
    init = constructor(module, name)
    if init is None or init.args.kwarg:
        return None
    known = dict(arguments(init.args, first=1))
    for argument, component in components(module, name).items():
        if known.pop(argument, None):  # the settings of the component replace the argument
            known = {**(parameters(component) or {}), **known}
    return known


def components(module: str, name: str) -> dict[str, str]:
    """Return argument -> class for the components of a class, as in `class LSTM(RecurrentNetwork, cell=lstm.LSTM)`."""
    node = find_class(module, name)
    if node is None:
        return {}
    own = {k.arg: ast.unparse(k.value) for k in node.keywords if k.arg}
    inherited = (components(module_of(module, base.id), base.id) for base in node.bases if isinstance(base, ast.Name))
    return {argument: f"{module_of(module, text.partition('.')[0])}.{text}" for argument, text in own.items()} or next(
        filter(None, inherited), {}
    )


def constructor(module: str, name: str) -> ast.FunctionDef | None:
    """Return the `__init__` of a class or of the first base class that has one, None if there is none."""
    node = find_class(module, name)
    if node is None:
        return None
    own = (f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "__init__")
    bases = (constructor(module_of(module, base.id), base.id) for base in node.bases if isinstance(base, ast.Name))
    return next(own, None) or next(filter(None, bases), None)


def module_of(module: str, name: str) -> str:
    """Return the module from which a name is imported, relatively or from nnzoo, else the same module."""
    path = source_of(module)
    imports = [n for n in parse(path).body if isinstance(n, ast.ImportFrom)] if path else []
    for node in imports:
        ours = node.level or str(node.module).partition(".")[0] == "nnzoo"
        if ours and any(alias.name == name for alias in node.names):
            return ".".join([*module.split(".")[: -node.level], node.module or ""])
    return module


def find_class(module: str, name: str) -> ast.ClassDef | None:
    """Return the definition of a class in a module, None if there is none."""
    path = source_of(module) if module else None
    if path is None:
        return None
    return next((n for n in parse(path).body if isinstance(n, ast.ClassDef) and n.name == name), None)


def find_function(module: str, name: str) -> ast.FunctionDef | None:
    """Return the definition of a function in a module, None if there is none."""
    path = source_of(module) if module else None
    if path is None:
        return None
    return next((n for n in parse(path).body if isinstance(n, ast.FunctionDef) and n.name == name), None)


def arguments(args: ast.arguments, *, first: int = 0) -> Iterator[tuple[str, Parameter]]:
    """Yield the arguments of a function by name. first: the first of its positional ones, 1 after self."""
    plain = args.args[first:]
    missing = [None] * (len(plain) - len(args.defaults))
    pairs = [*zip(plain, [*missing, *args.defaults], strict=True), *zip(args.kwonlyargs, args.kw_defaults, strict=True)]
    for argument, default in pairs:
        value = REQUIRED if default is None else default_value(default)
        yield argument.arg, Parameter(evaluate_annotation(argument.annotation), value)


def default_value(node: ast.expr) -> Any:
    """Return the value of a default, or its source text if it is not a literal."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def evaluate_annotation(annotation: ast.expr | None) -> Any:
    """Return the type of an annotation, Any if it uses other names than `NAMES`."""
    if annotation is None:
        return Any
    try:
        return eval(compile(ast.Expression(annotation), "annotation", "eval"), {"__builtins__": {}}, NAMES)
    except (NameError, AttributeError, TypeError):
        return Any


def matches_type(value: Any, kind: Any) -> bool:
    """Return whether a plain value has a type; an int is also a float, a bool is not an int."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if kind is None or kind is type(None):
        return value is None
    if origin is Literal:
        return value in inner
    if origin in (Sequence, list, tuple, SEQUENCE):
        return isinstance(value, list | tuple) and all(matches_type(v, inner[0]) for v in value if inner)
    if inner and origin is not dict:  # a union
        return any(matches_type(value, k) for k in inner)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, origin or kind)


SEQUENCE = get_origin(Sequence[int])


def type_name(kind: Any) -> str:
    """Return the name of a type for messages."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " | ".join(map(str, inner))
    if origin in (SEQUENCE, list, tuple):
        return f"a list of {type_name(inner[0])}"
    if kind is type(None):
        return "null"
    if inner and origin is not dict:
        return " or ".join(map(type_name, inner))
    return getattr(kind, "__name__", str(kind))


def traits_of(target: str) -> Traits | None:
    """Return the traits of the network class `target`, None if they cannot be read from its source."""
    value = class_attribute(target, "traits")
    if not isinstance(value, ast.Call):
        return None
    try:
        return Traits(**{k.arg: ast.literal_eval(k.value) for k in value.keywords if k.arg})
    except ValueError:  # not literals
        return None


def class_attribute(target: str, name: str) -> ast.expr | None:
    """Return the value of a class attribute of `target`, set in its body or that of a base, None if it is not set."""
    module, _, class_name = target.rpartition(".")
    node = find_class(module, class_name)
    for line in node.body if node else ():
        named = (
            line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
        )
        value = getattr(line, "value", None)
        if value is not None and any(isinstance(each, ast.Name) and each.id == name for each in named):
            return value
    bases = [base.id for base in node.bases if isinstance(base, ast.Name)] if node else []
    return next(filter(None, (class_attribute(f"{module_of(module, base)}.{base}", name) for base in bases)), None)


def default_batch_size(target: str) -> int | None:
    """Return the default batch size of a data set, None if its class does not set one."""
    value = class_attribute(target, "batch_size")
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, int) else None


def solves_in_one_epoch(target: str) -> bool:
    """Return whether further epochs of a task find the same solution, from the source text of its class."""
    value = class_attribute(target, "one_epoch")
    return isinstance(value, ast.Constant) and value.value is True


def ignored_settings(target: str) -> frozenset[str]:
    """Return the settings without effect on a task: `ignores` of its class and its bases, from the source text."""
    module, _, name = target.rpartition(".")
    node = find_class(module, name)
    if node is None:
        return frozenset()
    own = [
        ast.literal_eval(line.value.args[0])
        for line in node.body
        if isinstance(line, ast.AnnAssign)
        and ast.unparse(line.target) == "ignores"
        and isinstance(line.value, ast.Call)
    ]
    bases = (base.id for base in node.bases if isinstance(base, ast.Name))
    return frozenset().union(*own, *(ignored_settings(f"{module_of(module, base)}.{base}") for base in bases))
