"""Checks a template before it is stored: its syntax, and that each value that it names exists."""

from collections.abc import Iterator, Mapping

from liquid import BoundTemplate, Node, RenderContext
from liquid.ast import Partial
from liquid.builtin.expressions import FilteredExpression, LoopExpression, Path, StringLiteral
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.builtin.tags.include_tag import IncludeNode
from liquid.exceptions import LiquidError
from liquid.expression import Expression

from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.notifications.buyer_templates import words_of
from app.notifications.contexts import EACH, paths_of
from app.notifications.lifecycle import MessageKind
from app.notifications.rendering import FILTERS, Sources, parsed

LONGEST = {"subject": 300, "html": 20_000, "text": 20_000}
MOST_TAGS = 300
MOST_NODES = 2_000
MEDIA = {"subject": "txt", "html": "html", "text": "txt"}
_MOST_NAMED = 20  # unknown values in one message
# A name that stands for a value that is computed in the template.
_COMPUTED = ""
_Scope = Mapping[str, str]


def check_sources(kind: MessageKind, sources: Sources, problems: Problems) -> None:
    """Add the problems of a template for a kind of message."""
    for name, medium in MEDIA.items():
        source: str = getattr(sources, name)
        longest = LONGEST[name]
        if len(source) > longest:
            text = f"This must have at most {longest:,} characters."
            problems.add(text, name, code=ProblemCode.TOO_LONG, maximum=longest)
            continue
        if not source.strip():
            problems.add("This must not be empty.", name, code=ProblemCode.REQUIRED)
            continue
        try:
            unknown = unresolved(kind, source, medium)
        except (LiquidError, RecursionError) as error:
            problems.add(f"This is not a valid template: {error}"[:300], name, code=ProblemCode.MALFORMED)
            continue
        if unknown:
            listed = ", ".join(unknown[:_MOST_NAMED])
            text = f"Messages of this kind have no such values: {listed}"[:300]
            problems.add(text, name, code=ProblemCode.UNKNOWN_CHOICE, choices=sorted(paths_of(kind)))


def unresolved(kind: MessageKind, source: str, medium: str) -> list[str]:
    """The values that a template names and messages of its kind do not have, also where they are not reached.

    Raises:
        LiquidError: its syntax is invalid, or it is too large.
    """
    if source.count("{%") + source.count("{{") > MOST_TAGS:
        raise LiquidError(f"it has more than {MOST_TAGS} tags", token=None)
    template = parsed(source, medium)
    return list(dict.fromkeys(_Walk(kind, template).of(template.nodes, {})))


class _Walk:
    """Walks through a template and the partial templates that it includes."""

    def __init__(self, kind: MessageKind, template: BoundTemplate) -> None:
        self._paths = paths_of(kind) | {f"words.{name}" for name in words_of("en")}
        self._static = RenderContext(template)
        self._left = MOST_NODES

    def of(self, nodes: "list[Node]", scope: _Scope) -> Iterator[str]:
        inner = dict(scope)
        for node in nodes:
            self._left -= 1
            if self._left < 0:
                raise LiquidError("it is too large", token=None)
            yield from self._node(node, inner)

    def _node(self, node: Node, scope: dict[str, str]) -> Iterator[str]:
        for expression in node.expressions():
            yield from self._expression(expression, scope)
        if isinstance(node, AssignNode):
            scope[node.name] = self._alias(node.expression, scope)
        else:
            scope |= dict.fromkeys(node.template_scope(), _COMPUTED)
        inner = scope | dict.fromkeys(node.block_scope(), _COMPUTED)
        if isinstance(node, ForNode):
            inner[node.expression.identifier] = self._element(node.expression, scope)
        if isinstance(node, IncludeNode):
            inner |= self._arguments(node, node.partial_scope(), scope)
        yield from self.of(list(node.children(self._static)), inner)

    def _arguments(self, node: IncludeNode, partial: Partial | None, scope: _Scope) -> dict[str, str]:
        if not isinstance(node.name, StringLiteral):
            raise LiquidError("include needs the name of a partial template in quotes", token=node.token)
        named = dict.fromkeys(partial.in_scope, _COMPUTED) if partial else {}
        return named | {each.name: self._alias(each.value, scope) for each in node.args}

    def _alias(self, expression: Expression, scope: _Scope) -> str:
        """The path that a name stands for; `_COMPUTED` if the value is computed."""
        if isinstance(expression, FilteredExpression) and not expression.filters:
            expression = expression.left
        return self._resolved(expression, scope) or _COMPUTED if isinstance(expression, Path) else _COMPUTED

    def _element(self, loop: LoopExpression, scope: _Scope) -> str:
        path = self._alias(loop.iterable, scope)
        return f"{path}{EACH}" if f"{path}{EACH}" in self._paths else _COMPUTED

    def _expression(self, expression: Expression, scope: _Scope) -> Iterator[str]:
        if isinstance(expression, Path) and self._resolved(expression, scope) is None:
            yield str(expression)
        if isinstance(expression, FilteredExpression):
            for each in expression.filters or ():
                if each.name not in FILTERS:
                    raise LiquidError(f"there is no filter {each.name}", token=each.token)
        for child in expression.children():
            yield from self._expression(child, scope)

    def _resolved(self, path: Path, scope: _Scope) -> str | None:
        """The path among those of the kind; `_COMPUTED` for a computed value, None for an unknown one."""
        first, *rest = path.path
        if not isinstance(first, str):
            return None
        found = scope.get(first, first)
        if found == _COMPUTED:
            return _COMPUTED
        if first not in scope and first not in self._paths:
            return None
        for part in rest:
            if f"{found}{EACH}" in self._paths:
                if part == "size":
                    return _COMPUTED
                if isinstance(part, str) and part not in ("first", "last"):
                    return None
                found = f"{found}{EACH}"
            elif isinstance(part, str) and f"{found}.{part}" in self._paths:
                found = f"{found}.{part}"
            else:
                return None
        return found
