"""The unit of work: one transaction, and how commands join it.

A command is a function whose first parameter is a `UnitOfWork`. Called with an actor it runs as a transaction
of its own; called with the unit of work of another command it joins that one. The events that it records are
written to the journal in the same transaction and published after the commit.
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
from app.core.database import Change, failures, insert, is_postgres, write_together
from app.core.deferred.models import DeferredTask
from app.core.ids import new_id
from app.core.journal import feed, recording, stamps
from app.core.journal.event import Event
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, NotFound

P = ParamSpec("P")
_LENGTH = re.compile(r"\d+ > (\d+)$")  # Tortoise's message about a text that is too long
R = TypeVar("R")

Listener = Callable[["UnitOfWork", Any], Awaitable[None]]
Closer = Callable[["UnitOfWork", Sequence[Event]], Awaitable[None]]
RunTasks = Callable[[list[DeferredTask]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Wiring:
    listeners: Mapping[type[Event], Sequence[Listener]]
    task_kinds: Collection[str]
    run_tasks: RunTasks
    closers: Sequence[Closer]


_wiring: _Wiring | None = None


def wire(
    listeners: Mapping[type[Event], Sequence[Listener]],
    task_kinds: Collection[str],
    run_tasks: RunTasks,
    closers: Sequence[Closer] = (),
) -> None:
    """Set the listeners of each event and the kinds of deferred tasks.

    Listeners let a package act on events of the packages below it. They run in the transaction that records
    the event and are committed or rolled back with it; the events that they record are dispatched too.
    `run_tasks` is called after the commit. `closers` are called once at the end of a transaction that
    recorded events or booked rows, with all events, when all other rows are written; they record no events
    themselves.
    """
    global _wiring
    _wiring = _Wiring(listeners, task_kinds, run_tasks, closers)


def _wired() -> _Wiring:
    """The tables of `wire`.

    Raises:
        RuntimeError: `wire` was not called, so a command would skip its listeners and deferred tasks.
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
        self._deferred: dict[tuple[str, UUID], DeferredTask] = {}
        self._dispatched = 0  # number of recorded events that were passed to the listeners
        self._inserted = 0  # number of recorded events whose rows are inserted
        self._new_subjects: set[UUID] = set()
        self._added: list[list[Any]] = []
        self._changed: list[Change] = []
        self._booked: list[Any] = []
        # Rows that are not inserted yet, by id. A listener uses them instead of reading the database.
        self.fresh: dict[UUID, Any] = {}

    def announce(self, event: Event) -> None:
        """Record an event in the journal, in this transaction, with the next number of its subject."""
        self._announced.append(event)

    def is_new(self, subject_id: UUID) -> None:
        """Mark a subject as created in this transaction: its events are numbered from 1 without a query."""
        self._new_subjects.add(subject_id)

    def defer(self, kind: str, subject_id: UUID) -> None:
        """Store a task that runs after the commit, in its own transaction; one for each kind and subject."""
        assert kind in _wired().task_kinds, kind
        task = DeferredTask(id=new_id(), kind=kind, subject_id=subject_id, created_at=self.at)
        self._deferred.setdefault((kind, subject_id), task)

    def book(self, rows: Sequence[Any]) -> None:
        """Pass rows that were written, or will be, to the closers: transactions that moved money, what
        matches them with bank entries, entries of the ledgers of stored value and stock, and an order with
        its lines when goods have left.
        """
        self._booked += rows

    @property
    def booked(self) -> Sequence[Any]:
        return self._booked

    def mark(self) -> tuple[int, int]:
        """The number of events and of booked rows so far, for `rollback_to`."""
        return len(self._announced), len(self._booked)

    def rollback_to(self, mark: tuple[int, int]) -> None:
        """Drop the events and booked rows since a mark, after a rollback to a savepoint."""
        events, booked = mark
        del self._announced[events:]
        del self._booked[booked:]
        self._dispatched = min(self._dispatched, events)
        self._inserted = min(self._inserted, events)

    def add(self, rows: list[Any]) -> None:
        """Add new rows of one model, to be inserted by `write_added` together with the row in `fresh` that
        they belong to.
        """
        if rows:
            self._added.append(rows)

    def change(self, change: Change) -> None:
        """Add columns of rows, to be written by `write_added`."""
        if change.rows:
            self._changed.append(change)

    async def write_added(
        self, *groups: Sequence[Any], changes: Sequence[Change] = (), locked: UUID | None = None
    ) -> None:
        """Insert new rows of several models and those given to `add`; write changes, and those given to
        `change`.

        On PostgreSQL the rows of the events so far are in the same statement, if their subjects are new or
        the one whose row this transaction has `locked`; the listeners of these events must have been called.
        """
        added, self._added = [*groups, *self._added], []
        changed, self._changed = [*changes, *self._changed], []
        events = self._announced[self._inserted :]
        new = self._subjects_without_rows()
        subjects = {event.subject_id for event in events}
        takes_events = (
            is_postgres() and self._dispatched == len(self._announced) and subjects <= new | {locked}
        )
        if not events or not takes_events:
            await write_together(added, changed)
            return
        rows = recording.rows_of(events, self.actor, self.at)
        if subjects <= new:
            await write_together([*added, rows], changed)
        else:
            await write_together(added, changed, recording.numbered(rows))
        self._inserted = len(self._announced)

    def _subjects_without_rows(self) -> set[UUID]:
        """New subjects of which no event is inserted."""
        return self._new_subjects - {event.subject_id for event in self._announced[: self._inserted]}

    async def dispatch(self) -> None:
        """Pass the events recorded so far to their listeners."""
        listeners = _wired().listeners
        while self._dispatched < len(self._announced):
            event = self._announced[self._dispatched]
            self._dispatched += 1
            for listener in listeners.get(type(event), ()):
                await listener(self, event)

    async def flush(self) -> None:
        """Dispatch the remaining events, then insert events and deferred tasks: the last statements."""
        await self.dispatch()
        if self._announced or self._booked:
            for close in _wired().closers:
                await close(self, self._announced)
        if self._announced:
            events = self._announced[self._inserted :]
            await recording.record(events, self.actor, self.at, self._subjects_without_rows())
        await insert(list(self._deferred.values()))

    async def run_deferred(self) -> None:
        """Run the deferred tasks, after the commit."""
        if self._deferred:
            await _wired().run_tasks(list(self._deferred.values()))

    def publish(self) -> None:
        """Notify subscribers of the recorded events, after the commit."""
        if self._announced:
            stamps.changed({event.subject_kind for event in self._announced})
            feed.poke()


def command(
    function: Callable[Concatenate[UnitOfWork, P], Awaitable[R]],
) -> Callable[Concatenate[Actor | UnitOfWork, P], Coroutine[Any, Any, R]]:
    """Make a function of a unit of work a command: called with an actor, it runs in its own transaction."""

    @wraps(function)
    async def call(by: Actor | UnitOfWork, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if isinstance(by, UnitOfWork):
            return await function(by, *args, **kwargs)
        return await transact(by, lambda uow: function(uow, *args, **kwargs))

    return call


def too_long(error: ValidationError) -> Invalid:
    """The refusal for a value that a model rejects, with the name of the field."""
    field = str(error).partition(":")[0].strip()
    if length := _LENGTH.search(str(error)):
        longest = int(length[1])
        text = f"This must have at most {longest:,} characters."
        return Invalid(text, field, code=ProblemCode.TOO_LONG, maximum=longest)
    return Invalid("This value has the wrong type.", field, code=ProblemCode.MALFORMED)


async def transact(actor: Actor, body: Callable[[UnitOfWork], Awaitable[R]]) -> R:
    """Run the body in one transaction on behalf of the actor; see `transaction.run` for its guarantees."""

    async def one_try() -> tuple[UnitOfWork, R]:
        uow = UnitOfWork(actor)
        result = await body(uow)
        await uow.flush()
        return uow, result

    try:
        uow, result = await transaction.run(one_try)
    except IntegrityError as error:
        if failures.is_missing_reference(error):
            # Another transaction deleted what this one refers to, such as a customer who was merged.
            raise NotFound("Something that this request refers to was deleted. Load it again.") from error
        if "unique" not in str(error).lower():
            raise  # a CHECK: a bug, not an error of the caller
        # Another transaction inserted the same value between the check and the write.
        raise AlreadyExists("An object with this code, key or address already exists.") from error
    except ValidationError as error:
        # Mostly lengths. Columns have the names of the API's fields.
        raise too_long(error) from error
    uow.publish()
    await uow.run_deferred()
    return result
