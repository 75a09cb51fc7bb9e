"""Normal forms of e-mail addresses, phone numbers, countries, regions and postal codes.

Values are normalized when they are stored and when they are searched for.
"""

from app.core.contact.countries import checked_country, country_code
from app.core.contact.emails import checked_email, domains_of, normalized_email, without_tag
from app.core.contact.phones import checked_phone, phone_digits
from app.core.contact.postal_codes import postal_code
from app.core.contact.regions import (
    checked_region,
    region_code,
    region_spellings,
    regions_of,
    the_region,
)

__all__ = [
    "checked_country",
    "checked_email",
    "checked_phone",
    "checked_region",
    "country_code",
    "domains_of",
    "normalized_email",
    "phone_digits",
    "postal_code",
    "region_code",
    "region_spellings",
    "regions_of",
    "the_region",
    "without_tag",
]
