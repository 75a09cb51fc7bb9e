"""Enums of receiving in GraphQL."""

from app.core.graphql.scalars import graphql_enum
from app.inventory.receiving.landed_costs import SpreadBy

__all__ = ["SpreadBy"]

graphql_enum(SpreadBy, "Basis for the allocation of a landed cost to the lines of a receipt.")
