from app.core.described import Described
from app.core.lifecycle import Lifecycle, step


class ProductStatus(Described):
    DRAFT = "draft", "In preparation; visible to staff only."
    PUBLISHED = "published", "Sold in every channel that has a price for the product."
    ARCHIVED = "archived", "No longer sold; existing orders still show it."


S = ProductStatus

publish = step("publish", {S.DRAFT, S.ARCHIVED}, S.PUBLISHED)
unpublish = step("unpublish", {S.PUBLISHED}, S.DRAFT)
archive = step("archive", {S.DRAFT, S.PUBLISHED}, S.ARCHIVED)
lifecycle = Lifecycle(publish, unpublish, archive)


class Composition(Described):
    SINGLE = "single", "A single item without components."
    BUNDLE = (
        "bundle",
        "A bundle: sold as one line, stocked and shipped as its components. It has no stock of its own.",
    )
    KIT = "kit", "A kit: assembled from its components in advance and stocked as its own SKU."


class Tracking(Described):
    """Tracking of the units of a variant by lot or serial number."""

    NONE = "none", "Units are not tracked individually."
    LOT = "lot", "Units are tracked by lot."
    SERIAL = "serial", "Units are tracked by serial number."
