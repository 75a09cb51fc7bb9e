"""The context that every resolver receives."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, TypeVar

from app.core import clock, idempotency
from app.core.actor import Actor, ActorKind
from app.core.budgets import Budget, Budgets, Spent
from app.core.graphql import prices, turns
from app.core.graphql.callers import Caller
from app.core.graphql.turns import Turn
from app.core.idempotency import Once, Sees, once
from app.core.loading import Batch, Level, Loaders
from app.core.networks import networks_of
from app.core.uow import UnitOfWork, transact
from app.settings import Settings

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Identify = Callable[[str | None], Awaitable[Actor]]

# How to fetch a row of a model that the caller may see; set when the schema is built.
_seen_by: dict[type, Sees] = {}


def set_row_lookup(fetches: Mapping[type, Sees]) -> None:
    _seen_by.clear()
    _seen_by.update(fetches)


class Stream(Protocol):
    """The notices about a subscription that a transport gets in addition to its results."""

    async def begin(self) -> None:
        """The subscription passed all checks and now waits for events."""

    async def send_cursor(self, cursor: str) -> None:
        """The subscription begins at this cursor without a first result."""


class Context:
    """The context of one operation of one principal.

    `credential` is the bearer token that was sent, if any; `identify` returns its actor. `caller` is set for
    open connections: it is checked repeatedly, so that revoking a token takes effect.
    """

    def __init__(
        self,
        *,
        actor: Actor,
        settings: Settings,
        identify: Identify,
        credential: str | None = None,
        request_id: str = "",
        address: str = "",
        user_agent: str = "",
        base_url: Callable[[], str] = str,
        budgets: Budgets | None = None,
        caller: Caller | None = None,
    ) -> None:
        self.actor = actor
        self.settings = settings
        self.identify = identify
        self.credential = credential
        self.request_id = request_id
        self.address = address
        self.user_agent = user_agent
        self._base_url = base_url
        self._budgets = budgets
        self.caller = caller
        self.loaders = Loaders()
        # the cursor of the event being sent, used as the id in an event stream
        self.event_id: str | None = None
        self.passed: str | None = None  # the cursor up to which a subscription has processed all events
        self.last_event_id: str | None = None  # the cursor from which a browser resumes an interrupted stream
        self.stream: Stream | None = None
        self.cost = 0  # the points of the operation
        self.spent: Spent | None = None  # the result of paying for the operation
        self.is_busy = False  # a part of it was answered with ServiceBusy
        self.answers_much = False  # its response is large and is written in pieces
        self.has_stored = False  # one of its transactions was committed

    @cached_property
    def moment(self) -> datetime:
        """The current time of this operation, the same in all of its resolvers."""
        return clock.now()

    @property
    def base_url(self) -> str:
        """The base of the links in responses."""
        return self._base_url()

    def turn(self, cost: int) -> Turn:
        """The turn for work of this cost."""
        if self.actor.kind is ActorKind.PUBLIC:
            return Turn(networks_of(self.address).own, max(cost, 1), turns.OF_A_VISITOR)
        return Turn(self.actor.key, max(cost, 1), turns.OF_A_PRINCIPAL)

    def turn_to_prepare(self) -> Turn:
        """The turn for parsing and validating a document; a caller has one at a time."""
        return self.turn(1)._replace(who=f"{self.turn(1).who} prepares", most=1)

    def turn_to_begin(self) -> Turn:
        """The turn for starting a subscription."""
        if self.actor.kind is ActorKind.PUBLIC:
            most = turns.STREAMS_OF_A_VISITOR
        else:
            most = turns.STREAMS_OF_A_PRINCIPAL
        return self.turn(1)._replace(who=f"{self.turn(1).who} begins", most=most)

    def spend(self, cost: int) -> Spent | None:
        """Take points from the caller's budget, all or none; None if budgets are turned off."""
        budget = self._budget
        self.spent = None if budget is None else budget.spend(cost)
        return self.spent

    def take(self, cost: int) -> None:
        """Take points for work that was done already, or for a refusal."""
        budget = self._budget
        if budget is not None and cost > 0:
            budget.take(cost)

    def answered(self, size: int) -> None:
        """Take the points for a response of this size, beyond what the operation has paid."""
        self.take(prices.of_answer(size, self.spent.cost if self.spent is not None else 0))

    @cached_property
    def _budget(self) -> Budget | None:
        is_visitor = self.actor.kind is ActorKind.PUBLIC
        rate = self.settings.visitor_points if is_visitor else self.settings.principal_points
        if self._budgets is None or not rate:
            return None
        if not is_visitor:
            return Budget(self._budgets, self.actor.key, rate)
        networks = networks_of(self.address)
        return Budget(self._budgets, networks.own, rate, networks.wide)

    def for_operation(self) -> "Context":
        """The context of one operation on a socket: same principal, new data loaders."""
        return Context(
            actor=self.actor,
            settings=self.settings,
            identify=self.identify,
            credential=self.credential,
            request_id=self.request_id,
            address=self.address,
            user_agent=self.user_agent,
            base_url=self._base_url,
            budgets=self._budgets,
            caller=self.caller,
        )

    def load(self, batch: Batch[K, V], key: K) -> Awaitable[V]:
        """Load one value with the operation's data loader of a batch function."""
        return self.loaders.load(batch, key)

    async def load_many(self, batch: Batch[K, V], keys: Sequence[K]) -> list[V]:
        """Load the values of many keys; each distinct key is requested once."""
        distinct = list(dict.fromkeys(keys))
        found = dict(zip(distinct, await batch(distinct), strict=True)) if distinct else {}
        return [found[key] for key in keys]

    async def load_present(self, batch: Batch[K, V], keys: Sequence[K | None]) -> list[V | None]:
        """`load_many` for keys that may be None; their values are None."""
        present = [key for key in keys if key is not None]
        found = iter(await self.load_many(batch, present))
        return [None if key is None else next(found) for key in keys]

    def at_level(self, level: Level, info: Any, root: Any, arguments: dict[str, Any]) -> Awaitable[Any]:
        """One object's value of a field that is resolved for a whole level; see `levels`."""
        return self.loaders.at_level(level, info, root, arguments)

    async def refresh_actor(self) -> None:
        """Identify the caller again, because permissions may have changed.

        Raises:
            Unauthenticated: the token is no longer accepted.
        """
        if self.caller is None:
            self.actor = await self.identify(self.credential)
        else:
            self.caller.check()  # if the actor has changed, the connection ends

    def belongs_to(self, caller: Caller | None) -> None:
        """Set the caller of an open connection; None for a visitor."""
        self.caller = caller
        if caller is not None:
            self.actor = caller.actor

    async def once_row(
        self,
        key: str | None,
        operation: str,
        request: Any,
        effect: Callable[[UnitOfWork], Awaitable[V]],
        model: Any,
        guest: str | None = None,
        proves: Callable[[Any], bool] | None = None,
        whose: Callable[[Any], str] | None = None,
        first: Callable[[idempotency.KeyName | None], Awaitable[None]] | None = None,
    ) -> V:
        """Run a command that returns a row, once for each idempotency key, in one transaction.

        When a key is repeated, the row is read again if the caller may still see it. `guest` distinguishes
        visitors, preferably by something other than the network: a device that repeats a request may have
        another address. `proves` returns whether a secret in the request proves that a row belongs to the
        caller. `whose` returns the owner of a row, for responses to visitors. `first` runs before the
        transaction with the key; it must not change anything if the key was used before.
        """
        if key is None:
            if first is not None:
                await first(None)
            return await transact(self.actor, effect)
        network = networks_of(self.address).own
        asked = Once(operation, key, request, guest or network, network, proves, whose)
        name = idempotency.name_of(self.actor, asked)
        async with idempotency.turn_of(name):
            if first is not None:
                await first(name)
            fresh, stored = await transact(self.actor, lambda uow: once(uow, asked, effect))
        row: V = await model.get(id=idempotency.row_of(stored)) if fresh is None else fresh
        if fresh is None:
            await idempotency.refuse_unseen(self.actor, asked, stored, row, _seen_by.get(model))
        return row
