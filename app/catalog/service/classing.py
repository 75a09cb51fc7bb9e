"""Taking tax classes away: whether products are of one is known here."""

from app.catalog import queries
from app.channels import service as channels
from app.channels.models import TaxClass
from app.core.uow import UnitOfWork, command


@command
async def delete_tax_class(uow: UnitOfWork, code: str) -> TaxClass:
    """Take a tax class away that nothing is of.

    Raises:
        NotFound: there is none that was added.
        Invalid: a product, a shipping method or a tax rate is of it.
    """
    return await channels.delete_tax_class(uow, code, is_used=queries.class_has_products)
