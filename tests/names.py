"""Host names for tests: no test uses a name server."""

from collections.abc import Sequence

import pytest

from app.core.outgoing import NameNotFound, resolving

SOMEWHERE = "8.8.8.8"  # a public server, which no test connects to


class Names:
    """The addresses of names: each look-up takes the next answer of a name, and then repeats the last."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Sequence[str] | Exception]] = {
            "localhost": [["127.0.0.1"]],
            "api.example.com": [[SOMEWHERE]],
        }
        self.asked: list[str] = []

    def __setitem__(self, name: str, answers: list[Sequence[str] | Exception]) -> None:
        self.answers[name] = list(answers)

    async def look_up(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        left = self.answers.get(host)
        if left is None:
            raise NameNotFound(host)
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    known = Names()
    monkeypatch.setattr(resolving, "system", known.look_up)
    return known
