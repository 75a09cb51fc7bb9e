"""Spending points: decided in this process, without waiting for other processes.

Each caller has a token bucket that refills at a steady rate. When processes share their buckets (see
`sharing`), spending is reported a moment later and the bucket is set to the shared balance. Until then a
caller can overdraw by what the other processes allowed.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from app.core.networks import TOGETHER

BURST_SECONDS = 30  # a full bucket has this many seconds' worth of points
KEEP = 20_000  # buckets


@dataclass(slots=True)
class Bucket:
    """The points that one caller has left."""

    left: float
    per_second: int
    at: float
    unreported: int = 0

    @property
    def size(self) -> float:
        return float(self.per_second * BURST_SECONDS)

    def refill(self, now: float) -> None:
        self.left = min(self.size, self.left + (now - self.at) * self.per_second)
        self.at = now

    def wait_for(self, cost: int) -> float:
        """Seconds until enough points are available; 0 when they are. A full bucket pays for any cost."""
        return max(0.0, min(float(cost), self.size) - self.left) / self.per_second


@dataclass(frozen=True, slots=True)
class Spent:
    """Result of an attempt to spend points."""

    allowed: bool
    cost: int
    left: int
    per_second: int
    wait: float  # seconds until enough points are available; 0 when they were


class Budgets:
    """The buckets of all callers. The least recently used ones are evicted."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self.unreported: dict[str, Bucket] = {}  # for `SharedBudgets`

    def spend(self, who: str, cost: int, per_second: int, within: str | None = None) -> Spent:
        """Take points from a caller's bucket, all or none. A full bucket pays for any cost.

        `within` names a group that the caller belongs to, such as a wider network. The group has `TOGETHER`
        times the budget of one caller. Either both buckets pay or neither.
        """
        if within is None:
            bucket = self._bucket(who, per_second)
            wait = bucket.wait_for(cost)
            if not wait:
                self._pay({who: bucket}, cost)
            return Spent(not wait, cost, max(0, int(bucket.left)), per_second, wait)
        paying = self._paying(who, per_second, within)
        wait = max(bucket.wait_for(cost) for bucket in paying.values())
        if not wait:
            self._pay(paying, cost)
        left = min(bucket.left for bucket in paying.values())
        return Spent(not wait, cost, max(0, int(left)), per_second, wait)

    def wait(self, who: str, cost: int, per_second: int, within: str | None = None) -> float:
        """Seconds until a caller has enough points; 0 when it has. Takes none."""
        return max(bucket.wait_for(cost) for bucket in self._paying(who, per_second, within).values())

    def take(self, who: str, cost: int, per_second: int, within: str | None = None) -> None:
        """Take points for work that was done already, even if the balance becomes negative."""
        self._pay(self._paying(who, per_second, within), cost)

    def _paying(self, who: str, per_second: int, within: str | None) -> dict[str, Bucket]:
        paying = {who: self._bucket(who, per_second)}
        if within is not None:
            paying[within] = self._bucket(within, per_second * TOGETHER)
        return paying

    def _pay(self, paying: dict[str, Bucket], cost: int) -> None:
        for name, bucket in paying.items():
            bucket.left -= cost
            bucket.unreported += cost
            self.unreported[name] = bucket

    def _bucket(self, who: str, per_second: int) -> Bucket:
        now = self._now()
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = self._buckets[who] = Bucket(float(per_second * BURST_SECONDS), per_second, now)
            if len(self._buckets) > KEEP:
                forgotten, _ = self._buckets.popitem(last=False)
                self.unreported.pop(forgotten, None)
        else:
            self._buckets.move_to_end(who)
            bucket.per_second = per_second
            bucket.refill(now)
        return bucket


@dataclass(frozen=True, slots=True)
class Budget:
    """The bucket of one caller: see `Budgets`."""

    budgets: Budgets
    who: str
    per_second: int
    within: str | None = None

    def spend(self, cost: int) -> Spent:
        return self.budgets.spend(self.who, cost, self.per_second, self.within)

    def wait(self, cost: int) -> float:
        return self.budgets.wait(self.who, cost, self.per_second, self.within)

    def take(self, cost: int) -> None:
        self.budgets.take(self.who, cost, self.per_second, self.within)
