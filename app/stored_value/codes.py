"""The codes of gift cards: 80 random bits in groups of four characters, such as 7KQ2-M4TX-9HDN-C3VW.

The alphabet is Crockford's Base32, without letters that look like digits. Only a hash of a code is stored,
and its last characters for display. The code is derived from the deployment's key and the id of the card, so
that a repeated request gets the same response, and a message is written without a stored code.
"""

import hashlib
import hmac
import unicodedata
from uuid import UUID

from app.access.secrets import deployment_key
from app.core.ids import fingerprint

LENGTH, GROUP = 16, 4
SHOWN = 4  # last characters of a code, which staff and holders see
LONGEST_TYPED = 60  # characters of a code as typed, with separators
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011")


def code_of(id: UUID) -> str:
    """The code of the gift card with an id."""
    digest = hmac.new(deployment_key().encode(), b"gift card\x1f" + id.bytes, hashlib.sha256).digest()
    number = int.from_bytes(digest[:10])
    plain = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(LENGTH))
    return "-".join(plain[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def hash_of(typed: str) -> str:
    """The stored hash of a code, however it is typed: in any case, with or without separators."""
    folded = unicodedata.normalize("NFKC", typed[: 2 * LONGEST_TYPED]).upper()
    return fingerprint("".join(filter(str.isalnum, folded)).translate(_READ_AS))


def masked(last_characters: str) -> str:
    """A code as it is displayed: •••• and its last characters."""
    return f"•••• {last_characters}"
