"""Enums with documentation for each member."""

from enum import StrEnum
from typing import Self


class Described(StrEnum):
    """An enum whose members carry the description that the API documentation shows.

    An enum with additional member attributes takes them in its `__init__`.
    """

    description: str

    def __new__(cls, value: str, description: str = "", *_more: object) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member
