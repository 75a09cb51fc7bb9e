"""The validation rules: each reports its own finding and no other."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.orders.lifecycle import HoldKind
from app.orders.queries.facts import RecentOrder, customer
from app.orders.rule_settings import Outcome, Setting
from app.orders.validation import (
    RULES,
    Facts,
    LineFacts,
    content_of,
    examine,
    needed,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOME = {
    "name": "Ada Lovelace",
    "company": "",
    "line1": "12 Main Street",
    "line2": "",
    "city": "Springfield",
    "region": "IL",
    "postal_code": "62701",
    "country": "US",
    "phone": "",
    "latitude": None,
    "longitude": None,
}
FINE = Facts(
    at=NOON,
    email="ada@example.com",
    total_minor=5_000,
    shipping=HOME,
    billing=HOME,
    lines=[LineFacts("MUG", 2, 2_500, 2_500)],
)
MUGS = content_of([("MUG", 2)])
ALL_ON = {code: Setting(Outcome.HOLD) for code in RULES}


def _found(facts: Facts, **settings: Setting) -> list[str]:
    return [finding.rule for finding in examine(facts, ALL_ON | settings)]


def test_an_ordinary_paid_order_passes_every_rule():
    assert _found(replace(FINE, is_paid=True)) == []


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("address_incomplete", {"shipping": HOME | {"postal_code": "XX"}}),
        ("address_incomplete", {"shipping": HOME | {"city": ""}}),
        ("address_incomplete", {"shipping": None}),
        ("address_undeliverable", {"method_countries": ["CA"]}),
        ("po_box", {"shipping": HOME | {"line1": "P.O. Box 12"}}),
        ("po_box", {"shipping": HOME | {"line2": "Packstation 145"}}),
        ("duplicate_order", {"recent": [RecentOrder("WEB-1", NOON - timedelta(minutes=10), MUGS)]}),
        ("price_drift", {"lines": [LineFacts("MUG", 2, 2_800, 2_500)]}),
        ("price_drift", {"lines": [LineFacts("MUG", 2, 2_249, 2_500)]}),
        (
            "velocity",
            {"recent": [RecentOrder(f"WEB-{n}", NOON - timedelta(minutes=59), "other") for n in range(5)]},
        ),
        ("amount_limit", {"total_minor": 100_001}),
        ("country_mismatch", {"billing": HOME | {"country": "CA"}}),
        ("blocked_buyer", {"blocked_because": "chargebacks"}),
        ("unpaid", {"is_paid": False}),
        ("stock_gone", {"unpromised_units": 1}),
        ("credit_limit", {"credit_limit_minor": 9_999, "owed_minor": 5_000, "is_paid": False}),
        (
            "restricted_country",
            {"lines": [LineFacts("MUG", 2, 2_500, 2_500, barred_countries=frozenset({"US"}))]},
        ),
        ("age", {"lines": [LineFacts("MUG", 2, 2_500, 2_500, minimum_age=18)]}),
        (
            "age",
            {"lines": [LineFacts("MUG", 2, 2_500, 2_500, minimum_age=18)], "born_on": date(2008, 3, 2)},
        ),
    ],
)
def test_each_rule_reports_its_finding(rule: str, changed: dict):
    found = set(_found(replace(FINE, **({"is_paid": True} | changed))))
    assert rule in found and found <= {rule, "unpaid"}


@pytest.mark.parametrize(
    "changed",
    [
        {"recent": [RecentOrder("WEB-1", NOON - timedelta(minutes=11), MUGS)]},
        {"recent": [RecentOrder("WEB-1", NOON, content_of([("MUG", 1)]))]},
        {"recent": [RecentOrder(f"WEB-{n}", NOON - timedelta(minutes=59), "other") for n in range(4)]},
        {"lines": [LineFacts("MUG", 2, 2_750, 2_500)]},
        {"lines": [LineFacts("MUG", 2, 2_500, None)]},
        {"total_minor": 100_000},
        {"method_countries": ["US"]},
        {"credit_limit_minor": 10_000, "owed_minor": 5_000},
        {"lines": [LineFacts("MUG", 2, 2_500, minimum_age=18)], "born_on": date(2008, 3, 1)},
        {"lines": [LineFacts("MUG", 2, 2_500, barred_countries=frozenset({"CA"}))]},
        {"shipping": HOME | {"line1": "12 Post Road"}},
    ],
)
def test_an_order_just_within_a_limit_passes(changed: dict):
    assert _found(replace(FINE, **({"is_paid": True} | changed))) == []


def test_a_channel_chooses_outcome_and_limits():
    large = replace(FINE, total_minor=20_000, is_paid=True)
    assert _found(large, amount_limit=Setting(Outcome.HOLD, {"amount_minor": 19_999})) == ["amount_limit"]
    assert _found(large, amount_limit=Setting(Outcome.OFF, {"amount_minor": 1})) == []
    (finding,) = examine(
        replace(FINE, blocked_because="x"),
        {"blocked_buyer": Setting(Outcome.WARN, {}, release_after_minutes=5)},
    )
    assert finding.outcome is Outcome.WARN and finding.release_after_minutes == 5


def test_data_that_no_active_rule_needs_is_not_loaded():
    assert needed({code: Setting(Outcome.OFF) for code in RULES}) == []
    assert needed(
        {code: Setting(Outcome.OFF) for code in RULES} | {"credit_limit": Setting(Outcome.WARN)}
    ) == [customer]


def test_every_rule_has_a_description_and_default_limits_within_bounds():
    for code, rule in RULES.items():
        assert rule.code == code and len(rule.description) > 20 and isinstance(rule.hold, HoldKind)
        for limit in rule.parameters.values():
            assert limit.lowest <= limit.default <= limit.highest and limit.description


def test_the_same_content_has_the_same_fingerprint_in_any_order():
    assert content_of([("A", 1), ("B", 2), ("A", 1)]) == content_of([("B", 2), ("A", 2)])
    assert content_of([("A", 1)]) != content_of([("A", 2)])
