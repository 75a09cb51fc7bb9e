"""The next steps of a product, and who may take them: pure functions."""

from functools import partial

from app.catalog.lifecycle import lifecycle
from app.catalog.models import Product
from app.core.next_steps import Check, NextStep, Way, next_steps


def steps_of_product(product: Product, may: Check) -> list[NextStep]:
    """The steps from a product's status; `may` raises for a caller who may not change products."""
    return next_steps(
        {step.name: [Way(may, partial(lifecycle.refuse_unless, product, step))] for step in lifecycle.steps}
    )
