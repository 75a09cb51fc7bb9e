"""The pieces of the engine, each of which can be turned off.

Without a piece the product works as the libraries do by themselves. A process turns pieces off once, before
it connects to the database.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from enum import StrEnum


class Piece(StrEnum):
    COMPILED = "compiled"
    COLUMNS = "columns"
    ROWS = "rows"
    SHAPES = "shapes"
    STATEMENTS = "statements"
    POOL = "pool"
    PARSING = "parsing"
    VALIDATING = "validating"


@dataclass(slots=True)
class Switches:
    compiled: bool = True
    columns: bool = True
    rows: bool = True
    shapes: bool = True
    statements: bool = True
    pool: bool = True
    parsing: bool = True
    validating: bool = True

    def turn_off(self, pieces: Collection[Piece]) -> None:
        """Turn these pieces off and all others on. Learned columns need the rows of the engine."""
        for each in fields(self):
            setattr(self, each.name, Piece(each.name) not in pieces)
        self.columns = self.columns and self.rows


on = Switches()
