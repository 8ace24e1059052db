"""One small change at a time to a module's source, by the standard operators of mutation testing.

Comparisons, and/or, arithmetic, constants, signs, negated conditions, returned values, removed statements, break and
continue, any/all and min/max. Annotations, docstrings, imports, `__all__` and the fixed parts of f-strings stay as they
are.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_OPPOSITES = {"any": "all", "all": "any", "min": "max", "max": "min"}
_LEFT_ALONE = (ast.Import, ast.ImportFrom, ast.JoinedStr)
_NOT_RUN = {"annotation", "returns", "type_params", "type_comment"}


@dataclass(frozen=True)
class Mutation:
    """`source` is the whole module with the change in it; `line` is where it was in the original."""

    line: int
    was: str
    now: str
    source: str


def mutations(source: str) -> Iterator[Mutation]:
    """Every change, in the order of the text."""
    tree = ast.parse(source)
    for parent, name, place, node in _nodes(tree):
        for changed in _changes(node):
            _put(parent, name, place, changed)
            yield Mutation(getattr(node, "lineno", 0), _brief(node), _brief(changed), ast.unparse(tree))
        _put(parent, name, place, node)


def _nodes(parent: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Each node that runs, with its place: the parent, the field, the index when that is a list."""
    for name, value in ast.iter_fields(parent):
        if name in _NOT_RUN:
            continue
        children = value if isinstance(value, list) else [value]
        for number, child in enumerate(children):
            if not isinstance(child, ast.AST) or isinstance(child, _LEFT_ALONE) or _is_not_run(child):
                continue
            yield parent, name, number if isinstance(value, list) else None, child
            yield from _nodes(child)


def _put(parent: ast.AST, name: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[place] = node


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            for number, operator in enumerate(node.ops):
                for other in _COMPARISONS[type(operator)]:
                    yield _with(node, ops=[*node.ops[:number], other(), *node.ops[number + 1 :]])
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            yield _with(node, op=_ARITHMETIC[type(node.op)]())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.If() | ast.While() | ast.IfExp():
            yield _with(node, test=_negated(node.test))
        case ast.comprehension(ifs=[_, *_]):
            for number, condition in enumerate(node.ifs):
                yield _with(node, ifs=[*node.ifs[:number], _negated(condition), *node.ifs[number + 1 :]])
        case ast.Name(id=name) if name in _OPPOSITES:
            yield _with(node, id=_OPPOSITES[name])
        case ast.Constant():
            yield from _other_constants(node)
        case ast.stmt():
            yield from _other_statements(node)


def _other_constants(node: ast.Constant) -> Iterator[ast.AST]:
    match node.value:
        case bool():
            yield ast.Constant(not node.value)
        case int() | float():
            yield ast.Constant(node.value + 1)
        case str():
            yield ast.Constant(f"XX{node.value}")


def _other_statements(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.AugAssign():
            yield ast.Pass()
            if type(node.op) in _ARITHMETIC:
                yield _with(node, op=_ARITHMETIC[type(node.op)]())
        case ast.Expr() | ast.Raise() | ast.Delete() | ast.Assert():
            yield ast.Pass()
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _negated(condition: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), condition)


def _is_not_run(node: ast.AST) -> bool:
    exports = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    return exports or _is_docstring(node)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _brief(node: ast.AST) -> str:
    """The first line of its source."""
    first = ast.unparse(node).partition("\n")[0]
    return first if len(first) <= 90 else f"{first[:89]}…"
