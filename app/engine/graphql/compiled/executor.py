"""The executor: plans where possible, graphql-core for everything else."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any
from weakref import WeakMethod

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLOutputType,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    get_named_type,
    is_object_type,
    visit,
)
from graphql.execution.executor import Executor
from graphql.language import DirectiveNode
from graphql.pyutils import AwaitableOrValue, Path, gather_with_cancel, is_awaitable
from graphql.type.definition import GraphQLResolveInfoHelpers
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.engine.caches import SizeBoundedCache, bytes_of
from app.engine.graphql.compiled import slices
from app.engine.graphql.compiled.columns import Shape
from app.engine.graphql.compiled.fallbacks import fallbacks
from app.engine.graphql.compiled.plans import ObjectPlan, Unplannable, plan_of, plan_of_fields
from app.engine.graphql.compiled.running import Run
from app.engine.graphql.compiled.sharing import TheSameForAll
from app.engine.switches import on

KEEP_BYTES = 24_000_000
BYTES_OF_NODE = 1_500  # memory per node of the document, including its plans
MOST_SWITCHED = 64  # plans of one operation for different values of its directives
ROOM_FOR_SWITCHED = 4  # the multiple of the memory of a single set of plans


class Plans:
    """The plans of one operation, by type, fields and values of its directives."""

    def __init__(self, operation: OperationDefinitionNode, fragments: Any) -> None:
        self.operation = operation  # referenced, so that its id is not reused
        self.switches, self.nodes = _switches(operation, fragments)
        self.known: dict[Any, ObjectPlan | None] = {}


_plans: SizeBoundedCache[int, Plans] = SizeBoundedCache(KEEP_BYTES)


def _switches(operation: OperationDefinitionNode, fragments: Any) -> tuple[tuple[str, ...], int]:
    """The variables used by `@skip` and `@include`, and the number of nodes."""
    found: set[str] = set()
    nodes = 0

    class Collector(Visitor):
        def enter(self, *_: Any) -> None:
            nonlocal nodes
            nodes += 1

        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    found.add(argument.value.name.value)

    for node in (operation, *fragments.values()):
        visit(node, Collector())
    return tuple(sorted(found)), nodes


async def _gathered(values: Sequence[Awaitable[Any]]) -> list[Any]:
    return await gather_with_cancel(*values)


def _tracked(track: "WeakMethod[Any]", values: Sequence[Any]) -> None:
    if (found := track()) is not None:
        found(values)


class EndsOperation(Exception):
    """Base of errors after which an operation is not executed again."""


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes selections on object types by plan.

    A subclass overrides the methods below `build` to count, check and encode.
    """

    expected: tuple[type[Exception], ...] = (GraphQLError,)  # what resolvers raise in normal operation
    cost: int = 0  # of the operation: the lists of a costly one are completed in slices by graphql-core

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # graphql-core would create a reference cycle; with a weak method the memory is freed at once.
        track = WeakMethod(self.track_async_work)
        self.async_helpers = GraphQLResolveInfoHelpers(_gathered, partial(_tracked, track))
        self.compiles = (
            on.compiled
            and self.abort_signal is None
            and not getattr(self.middleware_manager, "middlewares", None)
        )
        self._sliced: set[int] = set()  # the paths of lists that are completed in slices, by their ids

    @classmethod
    def build(cls, *args: Any, **kwargs: Any) -> list[GraphQLError] | Executor[Any]:
        """Errors never suggest names of the schema."""
        return super().build(*args, **(kwargs | {"hide_suggestions": True}))

    def count(self, units: int, path: Path | None) -> None:
        """Objects and computed values that are about to be completed by a plan."""

    def count_object(self, path: Path) -> None:
        """An object that graphql-core is about to complete."""

    def units_of(self, _coordinate: str) -> int:
        """What a computed value of a field (`Type.field`) counts as."""
        return 1

    def prepare_arguments(self, definition: GraphQLField, given: dict[str, Any], info: Any) -> None:
        """Check the arguments of a field, and change them in place, before its resolver is called."""

    def depends_on_caller(self, _definition: GraphQLField) -> bool:
        """Whether `prepare_arguments` accepts the same arguments from some callers only."""
        return False

    def encoded(self, completed: Any) -> Any:
        """A completed object that is the same for all, as it is kept."""
        return completed

    def begun_again(self) -> None:
        """The operation is about to be executed again by graphql-core."""

    def execute_collected_root_fields(
        self,
        root_type: Any,
        root_value: Any,
        grouped_field_set: Any,
        serially: bool,
        new_defer_usages: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        def plainly() -> AwaitableOrValue[dict[str, Any]]:
            return super(CompiledExecutor, self).execute_collected_root_fields(
                root_type, root_value, grouped_field_set, serially, new_defer_usages
            )

        is_query = self.operation.operation is OperationType.QUERY
        if not self.compiles or not is_query or new_defer_usages:
            return plainly()
        plan = self._known(root_type.name, lambda: self._whole(root_type, grouped_field_set))
        if plan is None or not plan.waits:
            return plainly()
        return self._whole_by_plan(plan, root_value, plainly)

    def _whole(self, root_type: Any, grouped: Any) -> ObjectPlan:
        return plan_of_fields(root_type, grouped, self)

    async def _whole_by_plan(
        self, plan: ObjectPlan, root_value: Any, plainly: Callable[[], AwaitableOrValue[dict[str, Any]]]
    ) -> dict[str, Any]:
        run = Run(self, None, plan)
        answer: dict[str, Any]
        try:
            (answer,) = await run.later(plan, [root_value])
        except EndsOperation:
            raise
        except Exception as error:
            self._begin_plainly(error, None)
            completed: Any = plainly()
            answer = await completed if is_awaitable(completed) else completed
            return answer
        run.ended_well()
        return answer

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> AwaitableOrValue[Any]:
        if self.compiles and position_context is None and result is not None:
            named = get_named_type(return_type)
            if is_object_type(named):
                plan = self._plan(named, field_details_list)
                if plan is not None:
                    return self._by_plan(plan, return_type, field_details_list, info, path, result)
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    def complete_iterable_value(
        self,
        item_type: Any,
        field_details_list: Any,
        info: Any,
        path: Path,
        items: Any,
        position_context: Any,
    ) -> AwaitableOrValue[list[Any]]:
        if not self.compiles and self.cost >= slices.FROM and position_context is None:
            size = self._size_of_slice(items, path)
            if size is not None:
                self._sliced.add(id(path))
                return slices.complete(self, item_type, field_details_list, info, path, items, size)
        return super().complete_iterable_value(
            item_type, field_details_list, info, path, items, position_context
        )

    def _size_of_slice(self, items: Any, path: Path) -> int | None:
        """The number of rows of a list that are completed together; None if all, or if an outer list has
        slices.
        """
        if type(items) is not list or len(items) < 2:
            return None
        above = path.prev
        while above is not None:
            if id(above) in self._sliced:
                return None
            above = above.prev
        return slices.size_of_slice(len(items), self.cost)

    def complete_object_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        # Reached without `complete_value`, for the concrete type of a union or an interface.
        if self.compiles and position_context is None:
            plan = self._plan(return_type, field_details_list)
            if plan is not None:
                return self._by_plan(plan, return_type, field_details_list, info, path, result)
        self.count_object(path)
        return super().complete_object_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def _plan(self, type_: Any, details: Any) -> ObjectPlan | None:
        of = (type_.name, *(id(part.node) for part in details))
        return self._known(of, lambda: plan_of(type_, details, self))

    def _known(self, of: Any, make: Callable[[], ObjectPlan]) -> ObjectPlan | None:
        """The plan of a part of the operation; None if only graphql-core executes it."""
        plans = self._plans()
        told = self.variable_values.coerced
        key = (of, *(told.get(name) for name in plans.switches)) if plans.switches else of
        if key not in plans.known:
            if plans.switches and len(plans.known) >= MOST_SWITCHED:
                plans.known.clear()
            try:
                plans.known[key] = make()
            except Unplannable:
                plans.known[key] = None
        return plans.known[key]

    def _plans(self) -> Plans:
        found = _plans.get(id(self.operation))
        if found is None:
            found = Plans(self.operation, self.fragment_definitions)
            sets = ROOM_FOR_SWITCHED if found.switches else 1
            text = 2 * bytes_of(self.operation.loc.source.body) if self.operation.loc else 0
            _plans.keep(id(self.operation), found, found.nodes * BYTES_OF_NODE * sets + text)
        return found

    def _by_plan(
        self, plan: ObjectPlan, return_type: Any, details: Any, info: Any, path: Path, result: Any
    ) -> AwaitableOrValue[Any]:
        shape = Shape.of(return_type)
        run = Run(self, path, plan)
        if plan.waits:
            return self._awaited(run, plan, shape, return_type, details, info, path, result)
        answers = result.answers if isinstance(result, TheSameForAll) else None
        if answers is not None:
            known, answer = answers.get(id(plan), (None, None))
            if known is plan:
                return answer
        try:
            inside = shape.spread([result])
            done = shape.gather([result], iter(run.now(plan, inside)))[0]
        except EndsOperation:
            raise
        except Exception as error:
            return self._plainly(error, return_type, details, info, path, result)
        run.ended_well()
        if answers is not None:
            done = self.encoded(done)
            answers[id(plan)] = (plan, done)
        return done

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
            done = shape.gather([result], iter(await run.later(plan, inside)))[0]
        except EndsOperation:
            raise
        except Exception as error:
            completed = self._plainly(error, return_type, details, info, path, result)
            return await completed if is_awaitable(completed) else completed
        run.ended_well()
        return done

    def _plainly(
        self, error: Exception, return_type: Any, details: Any, info: Any, path: Path, result: Any
    ) -> AwaitableOrValue[Any]:
        """graphql-core's response."""
        self._begin_plainly(error, path)
        return super().complete_value(return_type, details, info, path, result, None)

    def _begin_plainly(self, error: Exception, path: Path | None) -> None:
        """Use graphql-core for the rest of this operation, and read all rows again."""
        self.compiles = False
        name = self.operation.name.value if self.operation.name else ""
        place = ".".join(map(str, path.as_list())) if path is not None else ""
        fallbacks.note(error, name, place, is_expected=isinstance(error, self.expected))
        self.begun_again()
