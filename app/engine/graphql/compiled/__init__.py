"""Executing selections level by level instead of object by object.

graphql-core walks a result tree object by object and field by field. Most of what is asked for is the
same few fields of many rows of one type; here such a selection is compiled once into a plan, and the plan
is run on all the rows of a level together: a plain attribute is a column, a relation is one call for the
whole level.

The answer is graphql-core's, byte for byte, by construction: a plan only ever returns what it could
complete without any doubt. At the first doubt (an exception, a null where none may be, a value of another
type) the plan is thrown away and graphql-core executes the selection itself, errors, paths and all.
"""

from app.engine.graphql.compiled.executor import CompiledExecutor

__all__ = ["CompiledExecutor"]
