"""The unit of work: one transaction, and how commands join it.

A command is a function whose first parameter is a `UnitOfWork`. Called with an actor it runs as a transaction
of its own; called with the unit of work of another command it joins that one. What it announced is written to
the journal in the same transaction, and others hear of it only after the commit.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from tortoise.exceptions import IntegrityError, ValidationError

from app.core import clock, transaction
from app.core.actor import Actor
from app.core.database import insert
from app.core.errands.models import Errand
from app.core.ids import new_id
from app.core.journal import feed, recording, stamps
from app.core.journal.event import Event
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid

P = ParamSpec("P")
_LENGTH = re.compile(r"\d+ > (\d+)$")  # how Tortoise says that a text is too long
R = TypeVar("R")

Listener = Callable[["UnitOfWork", Any], Awaitable[None]]
RunErrands = Callable[[list[Errand]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Wiring:
    listeners: Mapping[type[Event], Sequence[Listener]]
    errands: Collection[str]
    run_errands: RunErrands


_wiring: _Wiring | None = None


def wire(
    listeners: Mapping[type[Event], Sequence[Listener]], errands: Collection[str], run_errands: RunErrands
) -> None:
    """Say what is called with each event in the transaction that announces it, and which errands there are.

    Listeners are how a package acts on what happens in one below it: what they do is committed or rolled back
    with the event, and what they announce has listeners too. `run_errands` is called after the commit.
    """
    global _wiring
    _wiring = _Wiring(listeners, errands, run_errands)


def _wired() -> _Wiring:
    """The tables of `wire`.

    Raises:
        RuntimeError: nobody has called it, so that a command would do a part of its work only.
    """
    if _wiring is None:
        raise RuntimeError("call app.wiring.wire() before the first command")
    return _wiring


class UnitOfWork:
    """One transaction on behalf of one actor, at one moment."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.at: datetime = clock.now()
        self._announced: list[Event] = []
        self._errands: dict[tuple[str, UUID], Errand] = {}
        self._heard = 0  # how many of the announced have been told to the listeners
        self._born: set[UUID] = set()
        self._added: list[list[Any]] = []
        # What is being made and not written yet, by its id: a listener that knows it need not read it.
        self.fresh: dict[UUID, Any] = {}

    def announce(self, event: Event) -> None:
        """Put an event in the journal, in this transaction, numbered within its subject."""
        self._announced.append(event)

    def is_new(self, subject_id: UUID) -> None:
        """Say that a subject is made in this work: its events are numbered from 1 without a look."""
        self._born.add(subject_id)

    def leave(self, kind: str, subject_id: UUID) -> None:
        """Leave something to be done after the commit, in a transaction of its own; twice is once."""
        assert kind in _wired().errands, kind
        made = Errand(id=new_id(), kind=kind, subject_id=subject_id, created_at=self.at)
        self._errands.setdefault((kind, subject_id), made)

    def mark(self) -> int:
        """Where the announcements stand, for `forget_since`."""
        return len(self._announced)

    def rollback_to(self, mark: int) -> None:
        """Take back what was announced since a mark: that part was rolled back to its savepoint."""
        del self._announced[mark:]
        self._heard = min(self._heard, mark)

    def add(self, rows: list[Any]) -> None:
        """Have new rows of one model inserted with the fresh thing that they belong to; see `take_added`."""
        if rows:
            self._added.append(rows)

    def take_added(self) -> list[list[Any]]:
        """What listeners have added to something fresh, to be inserted with it."""
        added, self._added = self._added, []
        return added

    async def dispatch(self) -> None:
        """Tell the listeners what was announced so far."""
        listeners = _wired().listeners
        while self._heard < len(self._announced):
            event = self._announced[self._heard]
            self._heard += 1
            for listener in listeners.get(type(event), ()):
                await listener(self, event)

    async def write_down(self) -> None:
        """Tell the listeners what was announced and write it; the transaction's last statements."""
        await self.dispatch()
        if self._announced:
            await recording.record(self._announced, self.actor, self.at, self._born)
        await insert(list(self._errands.values()))

    async def run_errands(self) -> None:
        """After the commit: do what was left to be done."""
        if self._errands:
            await _wired().run_errands(list(self._errands.values()))

    def publish(self) -> None:
        """After the commit: let the watchers know."""
        if self._announced:
            stamps.changed({event.subject_kind for event in self._announced})
            feed.poke()


def verb(
    function: Callable[Concatenate[UnitOfWork, P], Awaitable[R]],
) -> Callable[Concatenate[Actor | UnitOfWork, P], Coroutine[Any, Any, R]]:
    """Make a function of a unit of work callable with an actor too, as a transaction of its own."""

    @wraps(function)
    async def call(by: Actor | UnitOfWork, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if isinstance(by, UnitOfWork):
            return await function(by, *args, **kwargs)
        return await transact(by, lambda uow: function(uow, *args, **kwargs))

    return call


def too_long(error: ValidationError) -> Invalid:
    """A model's own limit as a refusal that names the field."""
    field = str(error).partition(":")[0].strip()
    if length := _LENGTH.search(str(error)):
        longest = int(length[1])
        text = f"This has {longest:,} characters at the most."
        return Invalid(text, field, code=ProblemCode.TOO_LONG, maximum=longest)
    return Invalid("This is not of the kind that fits here.", field, code=ProblemCode.MALFORMED)


async def transact(actor: Actor, body: Callable[[UnitOfWork], Awaitable[R]]) -> R:
    """Run the body as one transaction of the actor's; see `transaction.run` for what it promises."""

    async def one_try() -> tuple[UnitOfWork, R]:
        uow = UnitOfWork(actor)
        result = await body(uow)
        await uow.write_down()
        return uow, result

    try:
        uow, result = await transaction.run(one_try)
    except IntegrityError as error:
        if "unique" not in str(error).lower():
            raise  # a CHECK or a foreign key: a bug of ours, not the caller's
        # Somebody else was quicker between a check and its write, and the database refused the second.
        raise AlreadyExists("Something with this code, key or address is there already.") from error
    except ValidationError as error:
        # The model's own limits, mostly lengths: a column is called what the API calls its field.
        raise too_long(error) from error
    uow.publish()
    await uow.run_errands()
    return result
