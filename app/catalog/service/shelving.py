"""Categories, and the search index of products."""

from app.catalog import queries
from app.catalog.models import Category, Product, SearchWord
from app.catalog.searching import product_words
from app.catalog.service.naming import SLUG, slug_of
from app.core.database import delete_where
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, NotFound
from app.core.uow import UnitOfWork, command


@command
async def create_category(
    uow: UnitOfWork, *, name: str, slug: str = "", parent: str | None = None
) -> Category:
    """Create a category, within the one with the slug `parent` if given.

    Raises:
        Invalid, NotFound, AlreadyExists.
    """
    slug = slug or slug_of(name)
    if not SLUG.match(slug):
        raise Invalid(
            "Use only lowercase letters, digits and hyphens.",
            "slug",
            code=ProblemCode.MALFORMED,
        )
    above = await category_of(parent, "parent")
    if await queries.category_by_slug(slug):
        raise AlreadyExists(f"The category {slug!r} already exists.", "slug")
    return await Category.create(id=new_id(), name=name, slug=slug, parent_id=above.id if above else None)


async def category_of(slug: str | None, *path: str) -> Category | None:
    if slug is None:
        return None
    found = await queries.category_by_slug(slug)
    if found is None:
        raise NotFound.of("category", *(path or ("category",)))
    return found


async def index(product: Product, category: Category | None = None) -> None:
    """Rebuild the search words of a product."""
    skus = [variant.sku for variant in await queries.variants_of_product(product.id)]
    if category is None and product.category_id is not None:
        category = (await queries.categories_by_id([product.category_id]))[0]
    words = product_words(product.name, skus, product.tags, category.name if category else "")
    await delete_where(SearchWord, "product_id = $1", product.id)
    await SearchWord.bulk_create(
        [SearchWord(id=new_id(), product_id=product.id, word=word) for word in sorted(words)]
    )
