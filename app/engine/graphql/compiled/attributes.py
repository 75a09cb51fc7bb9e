"""Fields without a resolver whose values are changed before they are answered."""

from abc import ABC, abstractmethod
from typing import Any

from strawberry.types.field import StrawberryField


class ChangedAttribute(StrawberryField, ABC):
    """A plain attribute that is answered in another form than the object has it."""

    @abstractmethod
    def changed(self, values: list[Any]) -> list[Any]:
        """The answers for the attribute's values, in the same order."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return self.changed([getattr(source, self.python_name)])[0]
