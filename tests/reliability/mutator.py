"""Small changes of a module, made from its syntax: one comparison turned, one number greater, one element gone."""

import ast


class Mutator(ast.NodeTransformer):
    """Makes the n-th of all small changes of a module; with -1 none, and counts them."""

    def __init__(self, chosen: int = -1) -> None:
        self.count = 0
        self.line = 0
        self._chosen = chosen

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if other := _OPPOSITE.get(type(node.ops[0])):
            return self._choose(node, ast.Compare(node.left, [other(), *node.ops[1:]], node.comparators))
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        return self._choose(node, ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return self._choose(node, node.operand) if isinstance(node.op, ast.Not) else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        other = {ast.Add: ast.Sub, ast.Sub: ast.Add}.get(type(node.op))
        return self._choose(node, ast.BinOp(node.left, other(), node.right)) if other else node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool):
            return self._choose(node, ast.Constant(not node.value))
        return self._choose(node, ast.Constant(node.value + 1)) if isinstance(node.value, int) else node

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Store) or not node.elts:
            return node
        return self._choose(node, ast.Tuple(node.elts[:-1], node.ctx))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.value = self.visit(node.value) if node.value else None
        return node

    def _choose(self, node: ast.AST, changed: ast.AST) -> ast.AST:
        self.count += 1
        if self.count - 1 != self._chosen:
            return node
        self.line = getattr(node, "lineno", 0)
        return ast.copy_location(changed, node)


_OPPOSITE: dict[type, type] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
    ast.NotIn: ast.In, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
