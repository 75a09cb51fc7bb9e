"""Runs a plan on the objects of a level."""

import asyncio
from collections.abc import Awaitable, Iterable
from functools import partial
from typing import Any

import strawberry
from graphql import GraphQLResolveInfo
from graphql.pyutils import Path

from app.engine.database.columns import Needed, learning
from app.engine.database.rows import values_of
from app.engine.graphql.compiled.columns import Column, Doubt, complete_leaves
from app.engine.graphql.compiled.plans import FieldPlan, ObjectPlan
from app.engine.graphql.schema import PlannedInfo

# Fields that a wide operation resolves concurrently, so that it leaves connections and time to others.
AT_ONCE = 3
NARROW = 6  # number of awaited fields up to which all are resolved concurrently
VALUES = 4_000  # values completed between turns of other work
FEWEST = 100  # minimum objects of a slice, because each slice has its own statements
WITH_LISTS = 25  # objects of a slice without statements, if each object may contain a page of others


class Run:
    """One execution of plans, within one operation."""

    def __init__(self, executor: Any, path: Path | None, plan: ObjectPlan) -> None:
        self._executor = executor
        self._path = path
        self._needed: list[Needed] = []
        self._turns = asyncio.Semaphore(AT_ONCE) if plan.awaits > NARROW else None

    def ended_well(self) -> None:
        """The execution succeeded: the next run reads the columns accessed so far."""
        for needed in self._needed:
            needed.settle()

    def now(self, plan: ObjectPlan, objects: Column) -> Column:
        """Complete objects of a plan in which nothing must be awaited.

        Raises:
            Doubt, or an exception of a resolver.
        """
        if not objects:
            return []
        self._executor.count(len(objects) * plan.units, self._path)
        return self._counted(plan, objects)

    def _counted(self, plan: ObjectPlan, objects: Column) -> Column:
        self._refuse_others(plan, objects)
        return _rows(plan, len(objects), [self._now(field, objects) for field in plan.fields])

    async def later(self, plan: ObjectPlan, objects: Column, *, is_counted: bool = False) -> Column:
        """Complete objects of a plan in which something must be awaited, or of which there may be many."""
        if not objects:
            return []
        if not is_counted:
            self._executor.count(len(objects) * plan.units, self._path)
        if len(objects) > WITH_LISTS and len(objects) > (size := _size_of_slice(plan)):
            return await self._in_slices(plan, objects, size)
        if not plan.waits:
            return self._counted(plan, objects)
        self._refuse_others(plan, objects)
        columns: list[Column] = [[]] * len(plan.fields)
        waiting: list[int] = []
        for index, field in enumerate(plan.fields):
            if field.waits:
                waiting.append(index)
            else:
                columns[index] = self._now(field, objects)
        done = await _all(self._later(plan.fields[index], objects) for index in waiting)
        for index, column in zip(waiting, done, strict=True):
            columns[index] = column
        return _rows(plan, len(objects), columns)

    async def _in_slices(self, plan: ObjectPlan, objects: Column, size: int) -> Column:
        """Complete the objects of a long level in slices, with turns of other work in between."""
        done: Column = []
        for start in range(0, len(objects), size):
            done += await self.later(plan, objects[start : start + size], is_counted=True)
            await asyncio.sleep(0)
        return done

    def _refuse_others(self, plan: ObjectPlan, objects: Column) -> None:
        """Check types as graphql-core does with `is_type_of`, once per class where the class decides."""
        check: Any = plan.of.is_type_of
        if check is None:
            return
        by_class = getattr(check, "by_class", False)
        if by_class:
            classes = set(map(type, objects))
            if plan.checked is not None and classes <= plan.checked:
                return
        for object_ in objects:
            if check(object_, None) is not True:
                raise Doubt
        if by_class:
            plan.checked = (plan.checked or set()) | classes

    def _now(self, field: FieldPlan, objects: Column) -> Column:
        values = self._values(field, objects)
        if field.finish is not None:
            return complete_leaves(field.shape, field.finish, values)
        if field.child is None:
            return values
        inside = field.shape.spread(values)
        done = self.now(field.child, inside)
        return _placed(field, values, inside, done)

    async def _later(self, field: FieldPlan, objects: Column) -> Column:
        values: Column
        if field.awaited:
            self._needed.append(field.needed)
            if self._turns is None:
                values = await self._awaited(field, objects)
            else:
                async with self._turns:
                    values = await self._awaited(field, objects)
        else:
            values = self._values(field, objects)
        if field.finish is not None:
            return complete_leaves(field.shape, field.finish, values)
        assert field.child is not None
        inside = field.shape.spread(values)
        done = await self.later(field.child, inside)
        return _placed(field, values, inside, done)

    async def _awaited(self, field: FieldPlan, objects: Column) -> Column:
        call = field.call
        assert call is not None
        with learning(field.needed):
            if call.level is None:
                return await _all(self._values(field, objects))
            info = self._info(field)
            values = list(await call.level(objects, info=info, **call.arguments(info, self._executor)))
        if len(values) != len(objects):
            raise Doubt
        return values

    def _values(self, field: FieldPlan, objects: Column) -> Column:
        """The field's value for each object; coroutines, if its resolver is a coroutine function."""
        if field.name:
            values = values_of(objects, field.name)
            return values if field.changed is None else field.changed(values)
        if field.call is None:
            return [field.parent.name] * len(objects)
        info = self._info(field) if field.call.needs_info else None
        return field.call.each(objects, info, self._executor)

    def _info(self, field: FieldPlan) -> strawberry.Info:
        """The resolver's `info`. Its path has no list indexes, because one call serves the whole level."""
        return PlannedInfo(self._executor.context_value, field.field, partial(self._raw_info, field))

    def _raw_info(self, field: FieldPlan) -> GraphQLResolveInfo[Any]:
        nodes = [part.node for part in field.details]
        path = Path(self._path, nodes[0].name.value, field.parent.name)
        raw: GraphQLResolveInfo[Any] = self._executor.build_resolve_info(
            field.definition, nodes, field.parent, path
        )
        return raw


def _size_of_slice(plan: ObjectPlan) -> int:
    """The number of objects of a level that are completed together."""
    return WITH_LISTS if plan.has_lists and not plan.waits else max(FEWEST, VALUES // plan.width)


def _rows(plan: ObjectPlan, count: int, columns: list[Column]) -> Column:
    if not columns:
        return [{} for _ in range(count)]
    keys = plan.keys
    return [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]


def _placed(field: FieldPlan, values: Column, inside: Column, done: Column) -> Column:
    if field.shape.is_plain and len(inside) == len(values):
        return done
    return field.shape.gather(values, iter(done))


async def _all(awaitables: Iterable[Awaitable[Any]]) -> Column:
    """The results of all awaitables. If one fails, the others finish first."""
    waiting = list(awaitables)
    if len(waiting) == 1:
        return [await waiting[0]]
    results = await asyncio.gather(*waiting, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
