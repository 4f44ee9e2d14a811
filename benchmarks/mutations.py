"""Small faults in the functions of a file: each changes one expression or one statement.

Docstrings, annotations, messages of errors, names in __all__ and code outside of functions stay as they are. So do
functions that end processes or delete files (a fault there could harm the machine), and, in figures, numbers and
keywords, which are matters of taste.
"""

import ast
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

DANGEROUS = {"kill", "killpg", "rmtree", "unlink", "rmdir", "fork", "system"}
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
PAIRS = ("min max", "amin amax", "argmin argmax", "sum mean", "any all", "floor ceil", "zeros ones", "sin cos")
OTHER_FUNCTION = {name: other for pair in PAIRS for name, other in zip(pair.split(), pair.split()[::-1], strict=True)}
COMMUTATIVE = {"add", "mul", "multiply", "max", "min", "maximum", "minimum", "isclose", "allclose", "logaddexp"}
Function = ast.FunctionDef | ast.AsyncFunctionDef
Node = ast.expr | ast.stmt
Fault = tuple[str, Node, str]  # its kind, what is replaced, and the new text


@dataclass(frozen=True)
class Mutation:
    """A fault: at the given bytes of a file of src/, `before` becomes `after`."""

    file: str
    function: str
    kind: str
    line: int
    start: int
    before: str
    after: str

    @property
    def name(self) -> str:
        """The name in results."""
        return f"{self.file}:{self.line}:{self.kind}:{self.start}:{self.after}"

    @property
    def package(self) -> str:
        """The folder in src/."""
        return self.file.partition("/")[0].removesuffix(".py")

    def apply(self, source: bytes) -> bytes:
        """Return the source of the file with the fault."""
        end = self.start + len(self.before.encode())
        assert source[self.start : end].decode() == self.before
        return source[: self.start] + self.after.encode() + source[end:]


def mutations(src: Path, file: str) -> list[Mutation]:
    """Return all faults of a file."""
    source = (src / file).read_bytes()
    offsets = [0]
    for line in source.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    found = []
    for name, function in functions(ast.parse(source)):
        for kind, node, after in Faults(function, looks="figures" in file).all():
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            start = offsets[node.lineno - 1] + node.col_offset
            before = source[start : offsets[node.end_lineno - 1] + node.end_col_offset].decode()
            if before != after:
                found.append(Mutation(file, name, kind, node.lineno, start, before, after))
    return found


def functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Yield the functions of a module and the methods of its classes with their names, without nested functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function):
            if not DANGEROUS & {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}:
                yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try):
            yield from functions(node, prefix)


def sample(src: Path, number: int, seed: int) -> list[Mutation]:
    """Return a random sample, at most one fault in a function; each changes the byte code."""
    files = sorted(path.relative_to(src).as_posix() for path in src.rglob("*.py"))
    everything = [each for file in files for each in mutations(src, file)]
    random.Random(seed).shuffle(everything)
    chosen: dict[tuple[str, str], Mutation] = {}
    for each in everything:
        if len(chosen) == number:
            break
        if (each.file, each.function) not in chosen and changes(src, each):
            chosen[each.file, each.function] = each
    return list(chosen.values())


def changes(src: Path, mutation: Mutation) -> bool:
    """Return whether the file can be compiled with the fault, and to other byte code."""
    source = (src / mutation.file).read_bytes()
    try:
        return essence(compile(mutation.apply(source), "", "exec")) != essence(compile(source, "", "exec"))
    except SyntaxError:
        return False


def essence(code: CodeType) -> tuple[Any, ...]:
    """Return what a code object does, without its lines."""
    constants = tuple(essence(each) if isinstance(each, CodeType) else (type(each), each) for each in code.co_consts)
    return code.co_code, code.co_names, code.co_varnames, repr(constants)


class Faults:
    """The faults of a function.

    looks: whether the function draws, where numbers and keywords are matters of taste.
    """

    def __init__(self, function: Function, looks: bool) -> None:
        self.function = function
        self.looks = looks
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        self.parameters = [each.arg for each in arguments if each.arg not in ("self", "cls")]
        self.indices: set[ast.AST] = set()  # constants that are indices or bounds of slices

    def all(self) -> Iterator[Fault]:
        """Yield the faults."""
        arguments = self.function.args
        for node in [*arguments.defaults, *arguments.kw_defaults]:
            if isinstance(node, ast.Constant | ast.UnaryOp):
                yield from (("default", where, after) for _, where, after in self.inside(node))
        for statement in self.function.body:
            if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):  # a docstring
                yield from self.inside(statement)

    def inside(self, node: ast.AST) -> Iterator[Fault]:
        """Yield the faults of a node and those of its parts."""
        if isinstance(node, ast.Subscript):
            self.indices |= {each for each in ast.walk(node.slice) if isinstance(each, ast.Constant)}
        faults = getattr(self, f"of_{type(node).__name__.lower()}", None)
        yield from faults(node) if faults else ()
        for part in parts(node):
            yield from self.inside(part)

    def of_compare(self, node: ast.Compare) -> Iterator[Fault]:
        for place, operator in enumerate(node.ops):
            operators = [*node.ops[:place], COMPARISONS[type(operator)](), *node.ops[place + 1 :]]
            yield "comparison", node, group(ast.Compare(node.left, operators, node.comparators))

    def of_binop(self, node: ast.BinOp) -> Iterator[Fault]:
        if isinstance(node.op, ast.MatMult):
            yield "operator", node, group(ast.BinOp(node.right, node.op, node.left))
        elif type(node.op) in OPERATORS and not (is_text(node.left) or is_text(node.right)):
            yield "operator", node, group(ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right))

    def of_augassign(self, node: ast.AugAssign) -> Iterator[Fault]:
        yield "statement", node, "pass"
        if type(node.op) in OPERATORS:
            other = ast.AugAssign(node.target, OPERATORS[type(node.op)](), node.value)
            yield "operator", node, ast.unparse(other)

    def of_unaryop(self, node: ast.UnaryOp) -> Iterator[Fault]:
        if isinstance(node.op, ast.USub | ast.Not):
            yield ("sign" if isinstance(node.op, ast.USub) else "not"), node, group(node.operand)

    def of_boolop(self, node: ast.BoolOp) -> Iterator[Fault]:
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "and/or", node, group(ast.BoolOp(other, node.values))

    def of_constant(self, node: ast.Constant) -> Iterator[Fault]:
        kind = "index" if node in self.indices else "constant"
        if isinstance(node.value, bool):
            yield kind, node, repr(not node.value)
        elif isinstance(node.value, int) and not (self.looks and kind == "constant"):
            yield kind, node, repr(node.value + 1)
        elif isinstance(node.value, float) and not self.looks:
            yield kind, node, repr(2 * node.value or 1.0)

    def of_return(self, node: ast.Return) -> Iterator[Fault]:
        if node.value is not None and not is_text(node.value):
            for name in self.parameters or ["None"]:
                yield "return", node.value, name

    def of_expr(self, node: ast.Expr) -> Iterator[Fault]:
        if not isinstance(node.value, ast.Constant | ast.Yield | ast.YieldFrom):
            yield "statement", node, "pass"

    def of_assign(self, node: ast.Assign) -> Iterator[Fault]:
        target = node.targets[0]
        named = isinstance(target, ast.Name) and target.id in self.parameters
        if named or isinstance(target, ast.Attribute | ast.Subscript):
            yield "statement", node, "pass"

    def of_raise(self, node: ast.Raise) -> Iterator[Fault]:
        yield "statement", node, "pass"

    def of_break(self, node: ast.Break) -> Iterator[Fault]:
        yield "statement", node, "continue"

    def of_continue(self, node: ast.Continue) -> Iterator[Fault]:
        yield "statement", node, "pass"

    def of_if(self, node: ast.If | ast.IfExp) -> Iterator[Fault]:
        if not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp):  # they have faults of their own
            yield "condition", node.test, f"(not {group(node.test)})"

    of_ifexp = of_if

    def of_call(self, node: ast.Call) -> Iterator[Fault]:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in OTHER_FUNCTION:
            text = ast.unparse(node.func).removesuffix(name) + OTHER_FUNCTION[name]
            yield "function", node.func, text
        for place, (left, right) in enumerate(zip(node.args, node.args[1:], strict=False)):
            if not isinstance(left, ast.Starred) and not isinstance(right, ast.Starred) and name not in COMMUTATIVE:
                swapped = [*node.args[:place], right, left, *node.args[place + 2 :]]
                yield "arguments", node, ast.unparse(ast.Call(node.func, swapped, node.keywords))
        for place, keyword in enumerate(node.keywords):
            if keyword.arg and not is_text(keyword.value) and not self.looks:
                others = [*node.keywords[:place], *node.keywords[place + 1 :]]
                yield "keyword", node, ast.unparse(ast.Call(node.func, node.args, others))


def parts(node: ast.AST) -> Sequence[ast.AST]:
    """Return the parts of a node that can have faults: no annotations, and neither texts nor messages."""
    if isinstance(node, ast.JoinedStr | ast.Raise | ast.Import | ast.ImportFrom | ast.Assert):
        return []
    if isinstance(node, ast.AnnAssign):
        return [node.value] if node.value else []
    if isinstance(node, Function | ast.Lambda):
        return [*node.body] if isinstance(node, Function) else [node.body]
    if isinstance(node, ast.Call) and "warn" in ast.unparse(node.func):
        return []
    return list(ast.iter_child_nodes(node))


def is_text(node: ast.AST) -> bool:
    """Return whether a node is a text."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def group(node: ast.expr) -> str:
    """Return the text of an expression that can stand anywhere."""
    text = ast.unparse(node)
    return text if isinstance(node, ast.Name | ast.Constant | ast.Call | ast.Attribute) else f"({text})"
