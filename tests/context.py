"""A GraphQL context without a request, for tests of streams."""

from app.access import service as access
from app.core.graphql.context import Context
from app.settings import settings


async def context_of(token: str) -> Context:
    return Context(
        actor=await access.identify(token), settings=settings(), identify=access.identify, credential=token
    )
