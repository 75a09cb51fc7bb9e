"""The executor: plans where they can be made, graphql-core for everything else."""

from collections import OrderedDict
from collections.abc import Awaitable
from typing import Any

from graphql import (
    GraphQLOutputType,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    is_object_type,
    visit,
)
from graphql.language import DirectiveNode
from graphql.pyutils import Path, is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.core.graphql.compiled.columns import Shape
from app.core.graphql.compiled.plans import ObjectPlan, Unplannable, plan_of
from app.core.graphql.compiled.running import Run

KEEP = 500  # operations whose plans are kept


class Plans:
    """The plans of one operation, by type, fields and what its directives were told."""

    def __init__(self, operation: OperationDefinitionNode, fragments: Any) -> None:
        self.operation = operation  # held, so that its id stays its own
        self.switches = _switches(operation, fragments)
        self.known: dict[Any, ObjectPlan | None] = {}


_plans: OrderedDict[int, Plans] = OrderedDict()


def _switches(operation: OperationDefinitionNode, fragments: Any) -> tuple[str, ...]:
    """The variables that decide by `@skip` and `@include` what is selected at all."""
    found: set[str] = set()

    class Collector(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    found.add(argument.value.name.value)

    for node in (operation, *fragments.values()):
        visit(node, Collector())
    return tuple(sorted(found))


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes selections of concrete objects by plan."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        context = self.context_value
        self._compiles = (
            self.abort_signal is None
            and not getattr(self.middleware_manager, "middlewares", None)
            and getattr(getattr(context, "settings", None), "compiled_executor", True)
        )

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        if self._compiles and position_context is None and result is not None:
            named = get_named_type(return_type)
            if is_object_type(named):
                plan = self._plan(named, field_details_list)
                if plan is not None:
                    return self._by_plan(plan, return_type, field_details_list, info, path, result)
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    def complete_object_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        # Reached past `complete_value` for what a union or an interface turned out to be.
        if self._compiles and position_context is None:
            plan = self._plan(return_type, field_details_list)
            if plan is not None:
                return self._by_plan(plan, return_type, field_details_list, info, path, result)
        return super().complete_object_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def _plan(self, type_: Any, details: Any) -> ObjectPlan | None:
        plans = self._plans()
        told = self.variable_values.coerced
        key = (
            type_.name,
            tuple(id(part.node) for part in details),
            tuple(told.get(name) for name in plans.switches),
        )
        if key not in plans.known:
            try:
                plans.known[key] = plan_of(type_, details, self.collect_subfields)
            except Unplannable:
                plans.known[key] = None
        return plans.known[key]

    def _plans(self) -> Plans:
        found = _plans.get(id(self.operation))
        if found is None:
            found = _plans[id(self.operation)] = Plans(self.operation, self.fragment_definitions)
            if len(_plans) > KEEP:
                _plans.popitem(last=False)
        return found

    def _by_plan(
        self, plan: ObjectPlan, return_type: Any, details: Any, info: Any, path: Path, result: Any
    ) -> Any:
        shape = Shape.of(return_type)
        run = Run(self, path)
        if plan.waits:
            return self._awaited(run, plan, shape, return_type, details, info, path, result)
        try:
            inside = shape.spread([result])
            return shape.gather([result], iter(run.now(plan, inside)))[0]
        except Exception:
            return self._plainly(return_type, details, info, path, result)

    async def _awaited(
        self,
        run: Run,
        plan: ObjectPlan,
        shape: Shape,
        return_type: Any,
        details: Any,
        info: Any,
        path: Path,
        result: Any,
    ) -> Any:
        try:
            inside = shape.spread([result])
            done = await run.later(plan, inside)
            return shape.gather([result], iter(done))[0]
        except Exception:
            completed = self._plainly(return_type, details, info, path, result)
            return await completed if is_awaitable(completed) else completed

    def _plainly(
        self, return_type: Any, details: Any, info: Any, path: Path, result: Any
    ) -> Awaitable[Any] | Any:
        """graphql-core's own answer. From here on, this operation has it execute everything."""
        self._compiles = False
        return super().complete_value(return_type, details, info, path, result, None)
