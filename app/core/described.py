"""Enums with documentation for each member."""

from enum import StrEnum
from typing import Self


class Described(StrEnum):
    """An enum whose members carry the description that the API documentation shows.

    An enum with additional member attributes takes them in its `__init__`.
    """

    description: str

    def __new__(cls, value: str, *_details: object) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        return member

    def __init__(self, _value: str, description: str = "") -> None:
        self.description = description
