"""Quantities by id, as stored in JSON columns: {id: units}. Pure functions."""

from collections.abc import Mapping
from uuid import UUID


def units_from_json(stored: Mapping[str, int]) -> dict[UUID, int]:
    return {UUID(id): int(units) for id, units in stored.items()}


def units_to_json(units: Mapping[UUID, int]) -> dict[str, int]:
    return {str(id): number for id, number in units.items()}
