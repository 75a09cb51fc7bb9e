from app.core.described import Described
from app.core.lifecycle import Lifecycle, step


class ProductStatus(Described):
    DRAFT = "draft", "Still being written; only staff see it."
    PUBLISHED = "published", "Sold in every channel that has a price for it."
    ARCHIVED = "archived", "No longer sold; old orders still show it."


S = ProductStatus

publish = step("publish", {S.DRAFT, S.ARCHIVED}, S.PUBLISHED)
unpublish = step("unpublish", {S.PUBLISHED}, S.DRAFT)
archive = step("archive", {S.DRAFT, S.PUBLISHED}, S.ARCHIVED)
lifecycle = Lifecycle(publish, unpublish, archive)


class Composition(Described):
    SINGLE = "single", "A thing of its own."
    BUNDLE = "bundle", "Sold as one line, and kept and sent as its components: it has no stock of its own."
    KIT = "kit", "Put together from its components beforehand, and stocked as itself."


class Tracking(Described):
    """By what the units of a variant are told apart."""

    NONE = "none", "Not at all: one unit is like another."
    LOT = "lot", "By the lot that they were made in."
    SERIAL = "serial", "Each by its serial number."
