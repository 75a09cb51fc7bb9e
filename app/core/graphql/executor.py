"""The executor of the schema: it counts what is answered, checks arguments and answers introspection."""

from typing import Any

from graphql import GraphQLError, GraphQLField, GraphQLOutputType, OperationType
from graphql.pyutils import AwaitableOrValue, Path
from tortoise.exceptions import ValidationError

from app.core.graphql import introspection, prices
from app.core.graphql.bounds import refusal_of
from app.core.graphql.encoding import Encoded
from app.core.graphql.filtering import guard_of
from app.core.graphql.tally import Tally
from app.core.refusals import Refusal
from app.engine.database.columns import ColumnNotRead
from app.engine.graphql.compiled import CompiledExecutor


class Executor(CompiledExecutor):
    # A value that does not fit its column is the caller's error, and a column that is read for the first time
    # is learned: neither is a broken plan.
    expected = (GraphQLError, Refusal, ValidationError, ColumnNotRead)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        context = self.context_value
        self._introspects = self.compiles
        self.cost = getattr(context, "cost", 0)
        is_mutation = self.operation.operation is OperationType.MUTATION
        self.tally = Tally(context, self.cost, is_bounded=not is_mutation)
        self.count = self.tally.add  # type: ignore[method-assign]  # called for each level

    def count_object(self, path: Path) -> None:
        self.tally.add(prices.PLAINLY, path)

    def units_of(self, coordinate: str) -> int:
        return prices.of_value(coordinate) * prices.UNITS or 1

    def prepare_arguments(self, definition: GraphQLField, given: dict[str, Any], info: Any) -> None:
        refusal = refusal_of(definition, given)
        if refusal is not None:
            raise refusal  # graphql-core executes it then and reports the refusal
        guard = guard_of(definition)
        if guard is not None:
            guard.check(given, info.context.actor)

    def depends_on_caller(self, definition: GraphQLField) -> bool:
        return guard_of(definition) is not None

    def encoded(self, completed: Any) -> Encoded:
        return Encoded(completed)

    def begun_again(self) -> None:
        if self.cost:
            self.context_value.take(self.cost * prices.PLAINLY)
        self.tally.begin_again(self.cost * prices.PLAINLY)
        loaders = getattr(self.context_value, "loaders", None)
        if loaders is not None:
            loaders.forget()  # their rows may have been read with some columns only

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> AwaitableOrValue[Any]:
        if path.prev is None and info.field_name in introspection.FIELDS and self._introspects:
            if result is None:
                return None
            return introspection.introspect(
                self, return_type, field_details_list, info, str(path.key), result
            )
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)
