"""Enums that document themselves."""

from enum import StrEnum
from typing import Self


class Described(StrEnum):
    """An enum whose members carry the sentence that the API's documentation shows for them.

    An enum whose members carry more takes it in its `__init__`.
    """

    description: str

    def __new__(cls, value: str, description: str = "", *_more: object) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member
