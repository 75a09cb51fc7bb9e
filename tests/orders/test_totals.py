"""Totals of orders: rules without a database."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.channels.lifecycle import TaxRounding
from app.channels.tax import Rate, RateTable, Tax, tax_on
from app.orders.shipping import ShippingToPrice
from app.orders.totals import DiscountToApply, LineToPrice, calculate

lines = st.lists(
    st.builds(
        LineToPrice,
        quantity=st.integers(1, 1000),
        unit_price_minor=st.integers(0, 10**7),
        tax_rate=st.sampled_from([Decimal(0), Decimal("0.07"), Decimal("0.19"), Decimal("0.0625")]),
    ),
    min_size=1,
    max_size=12,
)
discounts = st.lists(
    st.one_of(
        st.builds(DiscountToApply, percent=st.decimals("0.01", "100", places=2)),
        st.builds(DiscountToApply, amount_minor=st.integers(1, 10**8)),
    ),
    max_size=3,
)


@given(lines, discounts, st.integers(0, 10**5), st.booleans(), st.sampled_from(TaxRounding))
def test_the_total_equals_the_sum_of_its_parts(lines, discounts, shipping, included, rounding):
    rate = Decimal("0.19")
    priced = ShippingToPrice(shipping, Tax(rate))
    totals = calculate(
        lines, discounts=discounts, shipping=priced, prices_include_tax=included, rounding=rounding
    )
    assert totals.subtotal_minor == sum(line.gross_minor for line in lines)
    assert totals.discount_minor == sum(line.discount_minor for line in totals.lines)
    on_top = 0 if included else totals.shipping_tax_minor
    assert totals.total_minor == sum(line.total_minor for line in totals.lines) + shipping + on_top
    for line, priced in zip(lines, totals.lines, strict=True):
        assert 0 <= priced.discount_minor <= line.gross_minor
        assert priced.total_minor >= 0


def test_tax_is_included_in_a_price_or_added_to_it():
    assert tax_on(1190, Decimal("0.19"), included=True) == 190
    assert tax_on(1000, Decimal("0.19"), included=False) == 190
    assert tax_on(5, Decimal("0.1"), included=False) == 1  # half a cent is rounded up


def test_a_regional_rate_overrides_the_countrys_rate_and_no_rate_means_no_tax():
    table = RateTable(
        [
            Rate("US", "", "standard", Decimal("0.01"), "a"),
            Rate("US", "IL", "standard", Decimal("0.0625"), "b"),
        ]
    )
    assert table.rate("US", "il", "standard") == Decimal("0.0625")
    assert table.rate("US", "NV", "standard") == Decimal("0.01")
    assert table.rate("FR", "", "standard") == 0


def test_a_percentage_discount_is_distributed_by_line_amount():
    totals = calculate(
        [LineToPrice(1, 1000, Decimal(0)), LineToPrice(1, 333, Decimal(0))],
        discounts=[DiscountToApply(percent=Decimal(10))],
        prices_include_tax=False,
    )
    assert [line.discount_minor for line in totals.lines] == [100, 33]
