"""Switch points inside code: compiled into chosen files when they are imported. The files on disk stay as they are.

One point goes before each statement of a function, and one between evaluating a method and its arguments: there the receiver is fixed, and
what it holds may still change. Module and class bodies have none. Lines keep their numbers.
"""

from __future__ import annotations

import ast
import builtins
from importlib import _bootstrap_external
from typing import Any

from ..adapter import has_points
from .scheduler import scheduler

_POINT = "__forget_me_not_point__"


class Compiler(ast.NodeTransformer):
    """Puts points into a syntax tree."""

    def __init__(self) -> None:
        self._inside = False

    def visit_FunctionDef(self, node: Any) -> Any:
        """The body of a function has points."""
        outside, self._inside = self._inside, True
        node = self.generic_visit(node)
        self._inside = outside
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: Any) -> Any:
        """The body of a class has none."""
        outside, self._inside = self._inside, False
        node = self.generic_visit(node)
        self._inside = outside
        return node

    def generic_visit(self, node: Any) -> Any:
        """Puts a point before each statement of a block."""
        super().generic_visit(node)
        if self._inside and not isinstance(node, (ast.ClassDef, ast.Lambda)):
            for block in ("body", "orelse", "finalbody"):
                statements = getattr(node, block, None)
                if isinstance(statements, list) and statements and isinstance(statements[0], ast.stmt):
                    setattr(node, block, _with_points(statements, isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))))
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """A method that is called with arguments has a point between the two."""
        self.generic_visit(node)
        if self._inside and isinstance(node.func, ast.Attribute) and (node.args or node.keywords):
            both = ast.Tuple([node.func, _point(node)], ast.Load())
            node.func = ast.copy_location(ast.Subscript(both, ast.Constant(0), ast.Load()), node.func)
        return node


def _point(node: ast.expr | ast.stmt) -> ast.Call:
    return ast.Call(ast.Name(_POINT, ast.Load()), [ast.Constant(node.lineno)], [])


def _with_points(statements: list[ast.stmt], may_be_documented: bool) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for place, statement in enumerate(statements):
        documents = may_be_documented and place == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not documents and not isinstance(statement, (ast.Global, ast.Nonlocal)):
            found.append(ast.copy_location(ast.Expr(_point(statement)), statement))
        found.append(statement)
    return found


def compiled(data: bytes, path: str) -> ast.Module:
    """The syntax tree of a file, with points."""
    tree: ast.Module = Compiler().visit(ast.parse(data, path))
    return ast.fix_missing_locations(tree)


def install() -> None:
    """Compiles points into files that are imported later."""
    setattr(builtins, _POINT, scheduler.line)
    loader: Any = _bootstrap_external.SourceFileLoader
    get_code = loader.get_code

    def get_code_with_points(self: Any, name: str) -> Any:
        path = self.get_filename(name)
        if not has_points(path):
            return get_code(self, name)
        # Not from the cache, and not into it.
        return compile(compiled(self.get_data(path), path), path, "exec", dont_inherit=True)

    loader.get_code = get_code_with_points
