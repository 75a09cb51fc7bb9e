"""Maintains the search entries of customers."""

from collections.abc import Sequence

from app.core.database import insert
from app.core.search import rows_for, store_entries
from app.customers import queries
from app.customers.models import Customer, CustomerSearch
from app.customers.searching import entries_for


async def index_many(rows: Sequence[Customer]) -> None:
    """Index new customers without addresses."""
    await insert([entry for row in rows for entry in rows_for(CustomerSearch, row.id, entries_for(row))])


async def index(customer: Customer) -> None:
    """Index a customer with its present data."""
    (entries,) = await queries.complete_address_books([customer.id])
    addresses = [row.address for row in entries]
    await store_entries(CustomerSearch, customer.id, entries_for(customer, addresses))
