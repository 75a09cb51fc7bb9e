"""Deleting tax classes: this layer knows whether products use them."""

from app.catalog import queries
from app.channels import service as channels
from app.channels.models import TaxClass
from app.core.uow import UnitOfWork, command


@command
async def delete_tax_class(uow: UnitOfWork, code: str) -> TaxClass:
    """Delete an unused tax class.

    Raises:
        NotFound: there is no such custom class.
        Invalid: a product, a shipping method or a tax rate uses it.
    """
    return await channels.delete_tax_class(uow, code, is_used=queries.class_has_products)
