"""The composition root: assembles the application."""

import asyncio
import contextlib
import gc
import signal
import zoneinfo
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import Context as EmptyContext
from functools import partial
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute

from app import nodes, wiring
from app.access import identifying, openid_provider, secrets, using
from app.access import jobs as access_jobs
from app.access import service as access
from app.accounting import jobs as accounting_jobs
from app.core import currencies, idempotency, transaction
from app.core.actor import Actor
from app.core.budgets import Budget, Budgets
from app.core.bus import make_bus
from app.core.database import connect, disconnect
from app.core.database.connecting import sqlite_path
from app.core.database.sqlite import claim
from app.core.deferred import running as deferred
from app.core.graphql import persisted
from app.core.graphql.answers import LEVEL
from app.core.graphql.callers import Callers
from app.core.graphql.connections import Connections
from app.core.graphql.context import Context, set_row_lookup
from app.core.graphql.faults import TooManyTokens
from app.core.graphql.http import Endpoint
from app.core.graphql.prices import WRONG_TOKEN
from app.core.graphql.websocket import WebSocketEndpoint
from app.core.header_fields import header, list_header
from app.core.ids import new_id
from app.core.journal import feed
from app.core.networks import is_network, networks_of
from app.core.refusals import Unauthenticated
from app.customers import jobs as customer_jobs
from app.fulfillment import jobs as fulfillment_jobs
from app.inventory.stock import jobs as stock_jobs
from app.notifications import jobs as notification_jobs
from app.orders import jobs as order_jobs
from app.payments import jobs as payment_jobs
from app.schema import schema
from app.settings import Misconfigured, Settings, settings
from app.stored_value import jobs as stored_value_jobs
from app.web import carriers, cors, demo_shop, gateways, graphiql, health, logs, mailbox, printing, supplier
from app.web.addresses import address_of
from app.web.assets import Assets
from app.web.back_in_stock import routes as back_in_stock
from app.web.bank_transfers import export as export_bank_transfers
from app.web.ledger import export as export_ledger
from app.web.paying import Paying
from app.web.requests import RequestLog
from app.web.tracking import page as tracking
from app.web.tracking import pay as tracking_pay
from app.web.tracking.document import DOCUMENTS

SWEEP_EVERY, HOURLY = 5.0, 720  # seconds, rounds
# Scheduled jobs without external calls, run one after the other.
EACH_ROUND = (
    stock_jobs.sweep_expired,
    order_jobs.expire_drafts,
    order_jobs.release_due_holds,
    payment_jobs.end_expired_authorizations,
    payment_jobs.cancel_unpaid,
    stored_value_jobs.expire,
    accounting_jobs.complete_history,
    deferred.run_unfinished,
    fulfillment_jobs.process_webhooks,
    stock_jobs.quarantine_expired,
    using.write_uses,
    notification_jobs.tell_available,
)
EACH_HOUR = (
    stock_jobs.release_preorders,
    stock_jobs.notice_overdue,
    customer_jobs.forget_account_requests,
    access_jobs.forget_attempts,
    notification_jobs.forget_back_in_stock,
)
# Calls to carriers, payment gateways and the mail server that are due.
OUTSIDE = (fulfillment_jobs.process_labels, payment_jobs.call_gateways, notification_jobs.send_messages)

_log = structlog.get_logger("server")


def create_app(chosen: Settings | None = None) -> Starlette:
    """The ASGI application for some settings; by default those of the process."""
    config = chosen or settings()
    logs.configure(config)
    wiring.wire()
    set_row_lookup(nodes.seen_rows(schema.models_of(nodes.NODES)))
    for document in DOCUMENTS:
        persisted.trust(document)
    budgets = Budgets()
    connections = Connections(
        Callers(identifying.owners_of),
        config.max_sockets_per_address,
        config.max_sockets_per_principal,
        config.socket_idle_minutes * 60.0,
    )
    http = Endpoint(
        schema,
        lambda request: _context(config, budgets, request),
        connections,
        config.max_body_bytes,
        config.trusted_documents,
        config.compress_from_bytes,
        lambda request, cost: _charge_address(config, budgets, request, cost),
    )
    origins = config.origins or (("*",) if config.is_development else ())
    sockets = WebSocketEndpoint(
        schema,
        lambda socket, params: _context(config, budgets, socket, params),
        connections,
        origins,
    )

    async def graphql(request: Request) -> Response:
        wants_page = (
            "text/html" in list_header(request.scope, b"accept") and "query" not in request.query_params
        )
        if config.is_development and request.method == "GET" and wants_page:
            return await graphiql.page(request)
        return await http(request)

    async def identify(request: Request) -> Actor:
        return await _identify(config, budgets, request, _bearer(header(request.scope, b"authorization")))

    paying = Paying(budgets, config.visitor_points)
    least = config.compress_from_bytes
    smaller = [Middleware(GZipMiddleware, minimum_size=least, compresslevel=LEVEL)] if least else []
    return Starlette(
        routes=[
            Route("/", lambda _request: RedirectResponse("/graphql")),
            Route("/graphql", graphql, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", sockets),
            Route("/track/{token}", paying(tracking.page)),
            *tracking_pay.routes(paying, lambda caller: address_of(config, caller)),
            Route("/supplier/{token}", paying(supplier.page), methods=["GET"]),
            Route("/supplier/{token}", paying(supplier.answer), methods=["POST"]),
            *back_in_stock(paying),
            Route("/print/{what}/{id}", paying(printing.page)),
            Route("/carriers/{code}/events", paying.when_refused(carriers.call), methods=["POST"]),
            Route("/gateways/{code}/events", paying.when_refused(gateways.call), methods=["POST"]),
            Route("/exports/ledger", paying(export_ledger(identify))),
            Route("/exports/bank-transfers/{id}", paying(export_bank_transfers(identify))),
            Route("/health/live", health.live),
            Route("/health/ready", health.ready),
            Mount("/static", Assets(), middleware=smaller),
            *mailbox.routes(config),
            *demo_shop.routes(config),
        ],
        middleware=[
            Middleware(RequestLog),
            cors.middleware(origins),
        ],
        lifespan=lambda _app: _lifespan(config, budgets),
    )


async def _context(
    config: Settings, budgets: Budgets, caller: HTTPConnection, params: dict[str, Any] | None = None
) -> Context:
    """The context of a request or socket, with its caller.

    Raises:
        Unauthenticated: the token is not accepted.
        TooManyTokens: too many rejected tokens came from this network; this one was not checked.
    """
    credential = _bearer(header(caller.scope, b"authorization"))
    for name, value in (params or {}).items():
        if name.lower() in ("authorization", "token") and isinstance(value, str):
            credential = _bearer(value) or value
    request_id = caller.scope.get("state", {}).get("request_id") or str(new_id())
    return Context(
        actor=await _identify(config, budgets, caller, credential),
        settings=config,
        identify=access.identify,
        credential=credential or None,
        request_id=request_id,
        address=caller.client.host if caller.client else "",
        user_agent=header(caller.scope, b"user-agent"),
        budgets=budgets,
        base_url=lambda: address_of(config, caller),
    )


async def _identify(config: Settings, budgets: Budgets, caller: HTTPConnection, credential: str) -> Actor:
    """The actor of a token. Rejected tokens are charged to a separate budget.

    A network whose visitors have used up their points is still open to callers with a token.
    """
    if not credential or not config.visitor_points:
        return await access.identify(credential or None)
    known = access.remembered(credential)
    if known is not None:
        return known
    own, wide = networks_of(caller.client.host if caller.client else "")
    within = None if wide is None else f"{wide} tokens"
    budget = Budget(budgets, f"{own} tokens", config.visitor_points, within)
    if wait := budget.wait(WRONG_TOKEN):
        raise TooManyTokens(wait)
    try:
        return await access.identify(credential)
    except Unauthenticated:
        budget.take(WRONG_TOKEN)
        raise


def _charge_address(config: Settings, budgets: Budgets, caller: HTTPConnection, cost: int) -> None:
    """Charge the network for a request that failed before its caller was identified."""
    if config.visitor_points:
        networks = networks_of(caller.client.host if caller.client else "")
        budgets.take(networks.own, cost, config.visitor_points, networks.wide)


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def check_settings(config: Settings) -> None:
    """Check the settings against each other before anything is served.

    Raises:
        Misconfigured: the message names the setting to change.
    """
    secrets.deployment_key()
    if config.cost_currency not in currencies.IN_USE:
        raise Misconfigured(
            "ORDERGRAPH_COST_CURRENCY must be the ISO 4217 code of a currency in use, such as EUR."
        )
    if config.time_zone not in zoneinfo.available_timezones():
        raise Misconfigured("ORDERGRAPH_TIME_ZONE must be an IANA time zone, such as Europe/Berlin.")
    for proxy in config.proxies:
        if not is_network(proxy):
            raise Misconfigured(
                f"ORDERGRAPH_TRUSTED_PROXIES contains {proxy!r}, which is not a valid IP "
                "address or network, such as 10.0.0.7 or 10.0.0.0/8. The host bits of a "
                "network must be zero."
            )
    openid_provider.check_settings(config)
    if config.workers > 1 and (config.is_sqlite or config.bus.startswith("memory:")):
        raise Misconfigured(
            "ORDERGRAPH_WORKERS can be above 1 only with PostgreSQL "
            "(ORDERGRAPH_DATABASE_URL) and a bus that connects the processes "
            "(ORDERGRAPH_BUS_URL=postgres:// or redis://…)."
        )


@contextlib.asynccontextmanager
async def _lifespan(config: Settings, budgets: Budgets) -> AsyncIterator[None]:
    check_settings(config)
    if not config.is_development and not config.public_url and not config.hosts:
        _log.warning("links.name_localhost", set="ORDERGRAPH_PUBLIC_URL, or ORDERGRAPH_ALLOWED_HOSTS")
    lock = claim(sqlite_path(config.database_url)) if config.is_sqlite else None
    await connect(config)
    try:
        async with feed.running(make_bus(config)) as running:
            _stop_streams_at_sigterm(running)
            loop = asyncio.get_running_loop()
            works = [
                loop.create_task(_sweep(config), context=EmptyContext()),
                *(loop.create_task(_keep_at(job), context=EmptyContext()) for job in OUTSIDE),
            ]
            if config.bus.startswith("redis"):
                works.append(loop.create_task(_share(budgets, config.bus), context=EmptyContext()))
            gc.collect()
            gc.freeze()  # existing objects stay and need not be examined again
            # Collection stops the process: frequently among few new objects, rarely among all.
            gc.set_threshold(10_000, 2, 350)
            gc.enable()
            yield
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)
            await transaction.finish_all()
    finally:
        await disconnect()
        if lock is not None:
            lock.close()


async def _share(budgets: Budgets, url: str) -> None:
    # The client library is installed only in deployments that use it.
    from app.core.budgets.sharing import SharedBudgets  # noqa: PLC0415

    await SharedBudgets(budgets, url).run()


def _stop_streams_at_sigterm(running: feed.Feed) -> None:
    """End open streams, so that clients reconnect, as soon as the server is asked to stop.

    The server ends the lifespan only after every connection has closed, and an open stream would never close.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def stop(signum: int, frame: Any, before: Any = before) -> None:
            loop.call_soon_threadsafe(running.begin_to_stop)
            if callable(before):
                before(signum, frame)

        # Only the main thread can set signal handlers; a server in another thread is stopped by its owner.
        with contextlib.suppress(ValueError):
            signal.signal(number, stop)


async def _keep_at(job: Callable[[], Awaitable[object]]) -> None:
    """Run a job repeatedly in its own loop, because external calls may delay it."""
    while True:
        await _try(job)
        await asyncio.sleep(SWEEP_EVERY)


async def _try(job: Callable[[], Awaitable[object]]) -> None:
    """Run a job; a failure does not stop other jobs."""
    try:
        await job()
    except Exception as error:
        name = getattr(job, "__name__", "forget_old")
        _log.warning("job.failed", job=name, error=type(error).__name__, exc_info=error)


async def _sweep(config: Settings) -> None:
    """The scheduled jobs: reservations, drafts and lots expire, old keys are deleted."""
    rounds = 0
    while True:
        for job in EACH_ROUND if rounds % HOURLY else (*EACH_ROUND, *EACH_HOUR):
            await _try(job)
        if rounds % HOURLY == 0:
            await _try(partial(idempotency.forget_old, config.idempotency_hours))
        rounds += 1
        await asyncio.sleep(SWEEP_EVERY)
