"""A caller has the union of its grants; one grant must cover permission, channel and location together."""

from collections.abc import Iterable
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.scope import EVERYWHERE, Area, Grant, Scope

IDS = [UUID(int=n) for n in range(4)]
PERMISSIONS = ("see", "change", "approve")
ids = st.none() | st.frozensets(st.sampled_from(IDS))
areas = st.builds(Area, ids, ids)
grants = st.lists(st.builds(Grant, st.frozensets(st.sampled_from(PERMISSIONS)), areas), max_size=4)
places = st.sampled_from([None, *IDS])


def _expected(held: Iterable[Grant], permission: str, channel: UUID | None, location: UUID | None) -> bool:
    for grant in held:
        in_channel = grant.area.channels is None or channel in grant.area.channels
        in_location = grant.area.locations is None or location in grant.area.locations
        if permission in grant.permissions and in_channel and in_location:
            return True
    return False


@given(grants, st.sampled_from(PERMISSIONS), places, places)
def test_one_grant_must_cover_permission_channel_and_location(
    held: list[Grant], permission: str, channel: UUID | None, location: UUID | None
) -> None:
    actor = Actor(ActorKind.STAFF, grants=tuple(held))
    assert actor.scope_of(permission).covers(channel, location) == _expected(
        held, permission, channel, location
    )
    assert actor.may(permission) == any(permission in grant.permissions for grant in held)


@given(grants, areas)
def test_an_included_area_is_covered_for_each_channel_and_location(held: list[Grant], area: Area) -> None:
    scope = Actor(ActorKind.STAFF, grants=tuple(held)).scope_of("see")
    if scope.includes(area):
        for channel in IDS if area.channels is None else area.channels:
            for location in IDS if area.locations is None else area.locations:
                assert scope.covers(channel, location)


@given(grants)
def test_the_scope_does_not_depend_on_the_order_of_the_grants(held: list[Grant]) -> None:
    one = Actor(ActorKind.APP, grants=tuple(held))
    other = Actor(ActorKind.APP, grants=tuple(reversed(held)))
    for permission in PERMISSIONS:
        assert set(one.scope_of(permission).areas) == set(other.scope_of(permission).areas)


def test_permissions_and_areas_of_different_grants_are_not_combined() -> None:
    eu, web, _, _ = IDS
    actor = Actor(
        ActorKind.STAFF,
        grants=(
            Grant(frozenset({"see", "change"}), Area(channels=frozenset({eu}))),
            Grant(frozenset({"see"}), Area(channels=frozenset({web}))),
        ),
    )
    assert actor.scope_of("see").covers(web) and actor.scope_of("change").covers(eu)
    assert not actor.scope_of("change").covers(web)


def test_only_a_grant_without_limits_applies_everywhere() -> None:
    halves = Scope((Area(channels=frozenset(IDS)), Area(locations=frozenset(IDS))))
    assert not halves.is_everywhere and EVERYWHERE.is_everywhere
    assert SYSTEM.scope_of("anything").is_everywhere
    assert not Actor(ActorKind.PUBLIC).scope_of("anything").covers(IDS[0])
