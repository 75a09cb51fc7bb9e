"""Encryption of secrets of other systems, such as a carrier's API key.

Stored as JWE (RFC 7516: direct key, A256GCM) with a key derived from the deployment's key.
"""

import hashlib
from functools import cache

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from app.access.secrets import deployment_key
from app.settings import Misconfigured

_HEADER = {"alg": "dir", "enc": "A256GCM"}


@cache
def _key() -> OctKey:
    return OctKey.import_key(hashlib.sha256(b"sealing\x1f" + deployment_key().encode()).digest())


def seal(values: dict[str, str]) -> str:
    """Encrypt values as a text that only this deployment can decrypt."""
    return jwe.encrypt_compact(_HEADER, orjson.dumps(values), _key())


def unseal(sealed: str) -> dict[str, str]:
    """The values of an encrypted text; none for an empty text.

    Raises:
        Misconfigured: it was encrypted with another deployment key.
    """
    if not sealed:
        return {}
    try:
        opened = jwe.decrypt_compact(sealed, _key()).plaintext
    except JoseError as error:
        raise Misconfigured(
            "The credentials were encrypted with another ORDERGRAPH_SECRET_KEY. Enter them "
            "again (carrierSet)."
        ) from error
    values: dict[str, str] = orjson.loads(opened or b"{}")
    return values
