"""Every setting, read once from the environment. Nothing else looks at os.environ."""

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Misconfigured(RuntimeError):
    """Settings that cannot work, alone or together; the message says which one to change."""


class Settings(BaseSettings):
    """The deployment's choices. docs/settings.md lists them; a test keeps the two equal."""

    model_config = SettingsConfigDict(env_prefix="ORDERGRAPH_", frozen=True, extra="ignore")

    env: Environment = Field(
        Environment.PRODUCTION,
        description="`development` turns on GraphiQL, introspection and readable logs.",
    )
    database_url: str = Field(
        "sqlite:///data/ordergraph.db",
        description="`sqlite:///path` (one process) or `postgres://user:password@host:port/name`.",
    )
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(
        8000,
        ge=0,
        le=65535,
        description="The port to listen on; `PORT` is read too.",
        validation_alias=AliasChoices("ORDERGRAPH_PORT", "PORT"),
    )
    workers: int = Field(1, ge=1, le=64, description="Server processes; more than one needs PostgreSQL.")
    bus_url: str = Field(
        "",
        description="Where processes wake each other: `memory://` (one process), `postgres://` (the "
        "database's own LISTEN/NOTIFY) or `redis://host:port/db`. Empty chooses by the database.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs sessions and tracking links; at least 32 characters. Required in production; "
        "development keeps one in `secret_file`.",
    )
    secret_file: Path = Field(
        Path("data/secret.key"), description="Where development keeps the key that it made for itself."
    )
    public_url: str = Field(
        "", description="The address that buyers see, for tracking links; empty means the server's own."
    )
    allowed_hosts: str = Field(
        "",
        description="Host names, with the port if it is not the usual one, under which links may name the "
        "server while `public_url` is empty, separated by commas. In production no others are used but this "
        "machine's own (`localhost`).",
    )
    account_url: str = Field(
        "",
        description="The storefront's page that opens accounts and sets new passwords: mails link to it with "
        "`action` (`register` or `reset`) and `token`. Empty mails the token alone.",
    )
    staff_account_url: str = Field(
        "",
        description="The page on which staff choose a password: mails link to it with `action` (`invite` or "
        "`reset`) and `token`. Empty mails the token alone.",
    )
    allowed_origins: str = Field(
        "",
        description="Web origins that may call the API and open sockets from a browser, separated by "
        "commas; `*` allows all. The server's own origin is always allowed.",
    )
    pool_size: int = Field(8, ge=1, le=100, description="PostgreSQL connections per process.")
    pool_timeout: float = Field(
        5.0, gt=0, description="Seconds to wait for a free connection before answering ServiceBusy."
    )
    statement_timeout: float = Field(
        30.0, gt=0, description="Seconds after which PostgreSQL stops a statement of the server."
    )
    lock_timeout: float = Field(
        10.0, gt=0, description="Seconds after which PostgreSQL gives up waiting for a row lock."
    )
    compiled_executor: bool = Field(
        True,
        description="Whether selections are executed level by level; `false` has graphql-core do it all, "
        "with the same answers.",
    )
    trusted_documents: str = Field(
        "",
        description="A JSON file of SHA-256 and document: visitors may then send these documents and no "
        "others. Empty lets them send any.",
    )
    introspection: bool = Field(
        False,
        description="Whether the schema can be asked for over the API in production. It is public all the "
        "same: `schema.graphql` is what `ordergraph schema` prints.",
    )
    cart_ttl_minutes: int = Field(
        30, ge=1, description="Minutes a draft's stock stays reserved when its channel says nothing else."
    )
    visitor_cart_share: int = Field(
        50,
        ge=0,
        le=100,
        description="How many percent of what is free of a SKU the carts of visitors and customers may keep "
        "together, staff's not among them; a cart beyond that keeps nothing until it is ordered. 100: no "
        "limit.",
    )
    cost_method: Literal["fifo", "average"] = Field(
        "fifo",
        description="How units that leave are valued: `fifo` (the oldest receipt first) or `average` (the "
        "moving average of each level). Can be changed at any time; the total value stays.",
    )
    cost_currency: str = Field(
        "USD",
        min_length=3,
        max_length=3,
        description="The currency that stock is valued in (ISO 4217). Chosen once, before the first receipt.",
    )
    over_receipt_percent: int = Field(
        10,
        ge=0,
        le=100,
        description="By how many percent more than a purchase order asks for may be received without a word, "
        "rounded down to whole pieces; a supplier can have another limit.",
    )
    time_zone: str = Field(
        "UTC",
        description="The company's IANA time zone, such as `Europe/Berlin`: of locations without opening "
        "hours, and of new channels that say none.",
    )
    access_token_minutes: int = Field(15, ge=1, le=1440, description="How long an access token is good for.")
    refresh_token_days: int = Field(30, ge=1, le=365, description="How long a session can be renewed.")
    idempotency_hours: int = Field(
        72, ge=24, description="How long an idempotency key is remembered, in hours."
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="The mail server: `smtp://user:password@host:587` (encrypted when it is offered) or "
        "`smtps://…:465`. Empty sends nothing; messages wait.",
    )
    reserved_domains: Literal["auto", "allow", "refuse"] = Field(
        "auto",
        description="Whether e-mail addresses of domains that are reserved for tests and local networks "
        "(`.test`, `.local`, `.invalid`, `localhost`) may be used: `allow`, `refuse`, or `auto`: in "
        "development only.",
    )
    mail_from: str = Field("orders@localhost", description="Whom messages are from.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    max_body_bytes: int = Field(
        262_144, ge=1024, description="The largest request body or WebSocket message, in bytes."
    )
    compress_from_bytes: int = Field(
        1_400,
        ge=0,
        description="Answers from so many bytes on are sent with gzip to clients that take it. 0 sends them "
        "as they are, for a proxy to compress.",
    )
    visitor_points: int = Field(
        5_000,
        ge=0,
        description="Points a second that a network address (of IPv6: a /64, and ten times as many a /48) "
        "may spend without signing in, and thirty times that at once; an object that an operation may "
        "return is a point. 0 sets no limit.",
    )
    principal_points: int = Field(
        50_000, ge=0, description="The same for each token and each person who is signed in."
    )
    max_sockets_per_address: int = Field(
        200,
        ge=1,
        description="WebSockets and event streams that one network address (of IPv6: a /64, and ten times as "
        "many a /48) may hold open in a process.",
    )
    max_sockets_per_principal: int = Field(
        1_000,
        ge=1,
        description="The same for each token and each person who is signed in, from wherever they call.",
    )
    socket_idle_minutes: int = Field(
        10, ge=1, description="Minutes after which a WebSocket is closed on which nothing runs."
    )
    max_connections: int = Field(
        10_000,
        ge=10,
        description="Connections that a process keeps open. Where they are taken, one that waits for its "
        "next request makes room, else a new one is answered 503.",
    )
    max_connections_per_address: int = Field(
        500,
        ge=1,
        description="Connections that a process keeps open for one network address (of IPv6: a /64, and ten "
        "times as many a /48); those of trusted proxies are not counted. One more is answered 429.",
    )
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="Addresses and networks of the proxies whose X-Forwarded-For is believed, separated by "
        "commas; `*` believes everybody.",
    )

    def without_time_limits(self) -> "Settings":
        """The same for work that may take long: migrations, checks, loading."""
        return self.model_copy(update={"statement_timeout": 0.0})

    @property
    def is_development(self) -> bool:
        return self.env is Environment.DEVELOPMENT

    @property
    def allows_reserved_domains(self) -> bool:
        if self.reserved_domains == "auto":
            return self.is_development
        return self.reserved_domains == "allow"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.allowed_origins.split(",") if part.strip())

    @property
    def proxies(self) -> tuple[str, ...]:
        """The proxies that are named; none where everybody is believed (`*`)."""
        named = self.trusted_proxies.strip()
        return () if named == "*" else tuple(part.strip() for part in named.split(",") if part.strip())

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(part.strip().lower() for part in self.allowed_hosts.split(",") if part.strip())

    @property
    def bus(self) -> str:
        """The bus in force: an explicit one, else the one that fits the database."""
        return self.bus_url or ("memory://" if self.is_sqlite else "postgres://")


@cache
def settings() -> Settings:
    """The process's settings; the same object for its whole life."""
    return Settings()  # type: ignore[call-arg]  # pydantic fills every field from the environment
