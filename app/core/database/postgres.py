"""The PostgreSQL client that Tortoise finds by this module's name."""

from app.core.database import failures
from app.engine.database.pool import PooledClient


class Client(PooledClient):
    failures = failures


client_class = Client
