"""Executes selections level by level instead of object by object.

graphql-core walks a result tree object by object and field by field. Most selections are the same few fields
of many rows of one type. Such a selection is compiled once into a plan, and the plan runs on all rows of a
level together: a plain attribute is a column, a relation is one call for the whole level.

The response is identical to graphql-core's: a plan returns only what it could complete with certainty. In
case of doubt (an exception, a null in a non-null field, a value of another type) the plan is abandoned and
graphql-core executes the selection, including errors and paths.
"""

from app.engine.graphql.compiled.executor import CompiledExecutor, EndsOperation

__all__ = ["CompiledExecutor", "EndsOperation"]
