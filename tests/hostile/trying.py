"""Sends hostile values to every field, each as the caller with the fewest permissions that are sufficient.

Every site is tried on both databases: with one half of the values on SQLite, with the other on PostgreSQL.
"""

import asyncio
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from graphql import GraphQLSchema, get_named_type, is_object_type

from app.access import service as access
from app.access.models import AttemptCount
from app.access.permissions import Permission
from app.core.graphql.context import Context
from app.core.graphql.policy import policy_of
from app.lines import SEVERAL
from app.schema import schema
from app.settings import settings
from tests import make
from tests.amounts import usual
from tests.conftest import ON_POSTGRES
from tests.hostile import values
from tests.hostile.fields import ITEM, Path, Request, Site, as_in_response, paths_to_types, sites_of
from tests.hostile.ground import Ground
from tests.hostile.prepared import prepared
from tests.preparing import Preparing
from tests.web.asgi import post

# Staff and tokens with a permission usually also have the view permissions.
VIEWS = [permission for permission in Permission if permission.value.endswith("_view")]
MANY = 300  # entries of a long list
AT_ONCE = 80  # sites in one request, because a response contains at most a hundred problems
T = TypeVar("T")
_FOUND = """{ __typename ... on UserError { message path }
  ... on InvalidInput { problems { path } } ... on ValidationFailed { problems { path } } }"""


@dataclass
class Tried:
    """The sites that were tried, and the faults that were found."""

    sites: set[str] = field(default_factory=set)
    accepted: set[str] = field(
        default_factory=set
    )  # operations whose request without hostile values was accepted
    faults: list[str] = field(default_factory=list)
    requests: int = 0


class Trial:
    """Tries every site of the arguments, one field after another."""

    def __init__(
        self,
        application: httpx.ASGITransport,
        ground: Ground,
        schema: GraphQLSchema,
        tokens: dict[str, str],
        to: Preparing,
    ) -> None:
        self.application, self.ground, self.schema, self.tokens = application, ground, schema, tokens
        self.to = to
        self.tried = Tried()
        self._paths = paths_to_types(schema)

    async def caller(self, root: str, name: str) -> str | None:
        """The token of a caller with just the permission for a field; None if visitors may use it."""
        policy = policy_of(self.schema.type_map[root].fields[name].extensions["strawberry-definition"])
        if root not in ("Query", "Mutation", "Subscription"):
            return self.tokens["staff"]
        if policy is None or (policy.permission is None and not policy.signed_in):
            return None
        if policy.permission is None:
            return await self._new_session()
        if policy.permission not in self.tokens:
            self.tokens[policy.permission] = await make.token(Permission(policy.permission), *VIEWS)
        return self.tokens[policy.permission]

    async def _new_session(self) -> str:
        """A new session of the buyer, because earlier requests may have ended the others."""
        session = await access.open_session(self.ground.buyer)
        self.to.buyer = self.to.visitor.as_(session.access_token)
        return session.access_token

    async def try_field(self, root: str, name: str) -> None:
        """Send every hostile value at every site of a field's arguments."""
        graphql_field = self.schema.type_map[root].fields[name]
        sites = list(sites_of(root, name, graphql_field))
        if not sites and root != "Mutation":
            return
        attempt = Attempt(self, root, name, await self.caller(root, name))
        await attempt.without_hostile_values()
        for start in range(0, len(sites), AT_ONCE):
            await attempt.all_at_once(sites[start : start + AT_ONCE])
        for site in sites:
            await attempt.one_by_one(site)
            self.tried.sites.add(site.name)


class Attempt:
    """The requests for one field."""

    def __init__(self, trial: Trial, root: str, name: str, token: str | None) -> None:
        self.trial, self.root, self.name, self.token = trial, root, name, token
        self.request = Request(name, trial.schema.type_map[root].fields[name], trial.ground.base)
        self.document = self._document()

    def _document(self) -> str:
        field = self.request.field
        declared = ", ".join(f"${name}: {argument.type}" for name, argument in field.args.items())
        passed = ", ".join(f"{name}: ${name}" for name in field.args)
        named = get_named_type(field.type)
        inner = f"{self.name}({passed})" if passed else self.name
        declared = f"({declared})" if declared else ""
        if self.root == "Mutation":
            return f"mutation{declared} {{ {inner} {_FOUND} }}"
        if hasattr(named, "fields") or hasattr(named, "types"):
            inside = (
                "__typename nodes { __typename }"
                if is_object_type(named) and "nodes" in named.fields
                else "__typename"
            )
            inner += f" {{ {inside} }}"
        if self.root == "Subscription":
            return f"subscription{declared} {{ {inner} }}"
        for type_name, name in reversed(self.trial._paths.get(self.root, ())):
            inner = f"{name}{self._needed(type_name, name)} {{ {inner} }}"
        return f"query{declared} {{ {inner} }}"

    def _needed(self, type_name: str, name: str) -> str:
        field = self.trial.schema.type_map[type_name].fields[name]
        given = Request(name, field, self.trial.ground.base).arguments({})
        return (
            "(" + ", ".join(f"{key}: {json.dumps(value)}" for key, value in given.items()) + ")"
            if given
            else ""
        )

    async def send(self, given: dict[Path, Any], *, patience: float = 0.05) -> dict[str, Any]:
        """Send a request with some values; faults of the response are recorded.

        A subscription that has no first answer after `patience` seconds counts as accepted.
        """
        tried, ground = self.trial.tried, self.trial.ground
        tried.requests += 1
        ground.turn += 1
        variables = self.request.arguments(given)
        if self.root == "Subscription":
            return await self._opened(variables, given, patience)
        body = json.dumps({"query": self.document, "variables": variables}).encode()
        status, answer = await post(self.trial.application, body, self.token)
        return self._checked(status, answer, given)

    async def _opened(
        self, variables: dict[str, Any], given: dict[Path, Any], patience: float
    ) -> dict[str, Any]:
        """Open a subscription; if it is not refused, it is closed."""
        actor = await access.identify(self.token)
        context = Context(actor=actor, settings=settings(), identify=access.identify, credential=self.token)
        stream = await schema.subscribe(self.document, variable_values=variables, context_value=context)
        if not hasattr(stream, "__anext__"):
            return self._checked(200, {"errors": [error.formatted for error in stream.errors]}, given)
        first = asyncio.ensure_future(anext(stream))
        await asyncio.wait({first}, timeout=patience)
        if not first.done():
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            return {}
        await stream.aclose()
        errors = [error.formatted for error in first.result().errors or ()]
        return self._checked(200, {"errors": errors}, given)

    def _checked(self, status: int, answer: dict[str, Any], given: dict[Path, Any]) -> dict[str, Any]:
        shown = [(as_in_response(path), repr(value)[:60]) for path, value in given.items()][:3]
        where = f"{self.root}.{self.name} {shown}"
        if status not in (200, 400, 413):
            self.trial.tried.faults.append(f"{where}: status {status}")
        for error in answer.get("errors", []):
            code = error.get("extensions", {}).get("code")
            if code in (None, "INTERNAL"):
                self.trial.tried.faults.append(f"{where}: {code} {error['message'][:80]}")
        return answer

    async def without_hostile_values(self) -> None:
        """Send the request without hostile values until it is accepted, at last with an object prepared for it."""
        if not await self._is_accepted() and self.root == "Mutation":
            self.trial.ground.needed |= await prepared(self.name, self.trial.to)
            await self._is_accepted()

    async def _is_accepted(self) -> bool:
        """Whether the request is accepted after the types of its ids are learned, with one of the oldest objects.

        Attempts with secrets that came before from this network are forgotten.
        """
        await AttemptCount.all().delete()
        for _ in range(12):
            answer = await self.send({})
            found = (answer.get("data") or {}).get(self.name) if self.root == "Mutation" else None
            if found is None:
                message = " ".join(each["message"] for each in answer.get("errors", []))
                if not self._learned(message, self.request.field.args):
                    break
                continue
            if "message" not in found:
                self.trial.tried.accepted.add(self.name)
                return True
            self._learned(found["message"], found["path"] or [])
        return False

    def _learned(self, message: str, path: Any) -> bool:
        return self.trial.ground.learn_at(self.name, self.request.field, message, path)

    async def all_at_once(self, sites: list[Site]) -> None:
        """Send values that the scalars refuse at all sites together; the response must name each path."""
        refusable = [site for site in sites if site.kind in values.REFUSED]
        for index in self._here(
            range(max((len(values.REFUSED[site.kind]) for site in refusable), default=0))
        ):
            given = {
                site.path: values.REFUSED[site.kind][index % len(values.REFUSED[site.kind])]
                for site in refusable
            }
            answer = await self.send(given, patience=10)
            found = (answer.get("data") or {}).get(self.name) if self.root == "Mutation" else None
            problems = (found or {}).get("problems") or [
                problem
                for error in answer.get("errors", [])
                for problem in error.get("extensions", {}).get("problems", [])
            ]
            named = {".".join(problem["path"]) for problem in problems}
            for site in refusable:
                if as_in_response(site.path) not in named:
                    self.trial.tried.faults.append(
                        f"{site.name}: {given[site.path]!r:.60} is not refused with its path"
                    )

    async def one_by_one(self, site: Site) -> None:
        """Send unusual and out-of-range values at one site after another."""
        name = next(step for step in reversed(site.path) if step != ITEM)
        known = values.ODD | values.ODD_LINES if name in SEVERAL else values.ODD
        odd = [*values.BEYOND.get(site.kind, []), *known.get(site.kind, [])]
        if site.is_nullable and site.path[-1] != ITEM:
            odd.append(None)
        if site.kind == "LIST":
            long = self.request.arguments({(*site.path, ITEM, ""): None})
            for step in site.path:
                long = long[0] if step == ITEM else long[step]
            odd += [[], long * MANY]
        for value in odd[:2] if self.root == "Subscription" else self._here(odd, site.name):
            await self.send({site.path: value})

    def _here(self, all_of_them: Sequence[T], name: str = "") -> Sequence[T]:
        """The values that are tried on the database of this run: every second one of a site."""
        offset = (ON_POSTGRES + zlib.crc32(name.encode())) % 2
        return usual(all_of_them[offset::2], full=all_of_them)
