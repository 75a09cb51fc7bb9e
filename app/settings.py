"""All settings, read once from the environment. No other module reads os.environ."""

import os
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.engine.switches import Piece

T = TypeVar("T")


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Misconfigured(RuntimeError):
    """Invalid settings, alone or in combination; the message names the one to change."""


class Settings(BaseSettings):
    """The settings of a deployment. docs/settings.md lists them; a test compares the two."""

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
        description="How processes notify each other: `memory://` (one process), `postgres://` (LISTEN/"
        "NOTIFY of the database) or `redis://host:port/db`. Empty: `memory://` on SQLite, `postgres://` on "
        "PostgreSQL.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Key that signs sessions and tracking links; at least 32 characters. Required in "
        "production; in development a generated key is stored in `ORDERGRAPH_SECRET_FILE`.",
    )
    secret_file: Path = Field(
        Path("data/secret.key"), description="File in which development stores its generated key."
    )
    public_url: str = Field(
        "", description="Public base URL of the server, for tracking links. Empty: the server's own address."
    )
    allowed_hosts: str = Field(
        "",
        description="Host names, with the port if it is not the default, that links may use while "
        "`ORDERGRAPH_PUBLIC_URL` is empty, separated by commas. In production no others are used except this "
        "machine's own (`localhost`).",
    )
    account_url: str = Field(
        "",
        description="The storefront's page for registration and password reset. Emails link to it with "
        "`action` (`register` or `reset`) and `token`. Empty: emails contain only the token; in development "
        "they link to the demo shop.",
    )
    staff_account_url: str = Field(
        "",
        description="The page on which staff set a password. Emails link to it with `action` (`invite` or "
        "`reset`) and `token`. Empty: emails contain only the token.",
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
        30.0, gt=0, description="Seconds after which PostgreSQL cancels a statement of the server."
    )
    lock_timeout: float = Field(
        10.0, gt=0, description="Seconds after which PostgreSQL stops waiting for a row lock."
    )
    engine_off: Annotated[frozenset[Piece], NoDecode] = Field(
        frozenset(),
        description="Pieces of the engine to turn off, separated by commas: `compiled`, `columns`, `rows`, "
        "`shapes`, `statements`, `pool`, `parsing`, `validating`. Responses stay the same; "
        "app/engine/README.md describes each piece.",
    )
    trusted_documents: str = Field(
        "",
        description="A JSON file that maps SHA-256 hashes to documents; visitors may then send only these "
        "documents. Empty: visitors may send any document.",
    )
    introspection: bool = Field(
        False,
        description="Whether introspection is enabled in production. The schema itself is public: "
        "`ordergraph schema` prints `schema.graphql`.",
    )
    cart_ttl_minutes: int = Field(
        30,
        ge=1,
        description="Minutes for which a draft's stock stays reserved, unless its channel sets another "
        "value.",
    )
    visitor_cart_share: int = Field(
        50,
        ge=0,
        le=100,
        description="Maximum share, in percent, of the free units of a SKU that the carts of visitors and "
        "customers may reserve together, excluding those of staff. A cart beyond the limit "
        "reserves nothing until it is ordered. 100: no limit.",
    )
    cost_method: Literal["fifo", "average"] = Field(
        "fifo",
        description="How units that leave are valued: `fifo` (oldest receipt first) or `average` (moving "
        "average of each level). It can be changed at any time; the total value does not change.",
    )
    cost_currency: str = Field(
        "USD",
        min_length=3,
        max_length=3,
        description="The currency of stock valuation (ISO 4217). It cannot be changed after the first "
        "receipt.",
    )
    over_receipt_percent: int = Field(
        10,
        ge=0,
        le=100,
        description="Percentage by which a receipt may exceed its purchase order without confirmation, "
        "rounded down to whole pieces; a supplier can have a different limit.",
    )
    time_zone: str = Field(
        "UTC",
        description="The company's IANA time zone, such as `Europe/Berlin`: for locations without opening "
        "hours, and the default for new channels.",
    )
    access_token_minutes: int = Field(
        15, ge=1, le=1440, description="Validity of an access token, in minutes."
    )
    refresh_token_days: int = Field(30, ge=1, le=365, description="Validity of a refresh token, in days.")
    openid_issuer: str = Field(
        "",
        description="Issuer of the OpenID provider with which customers can sign in, such as "
        "`https://accounts.example.com`; a public address. Empty: no sign-in with a provider.",
    )
    openid_client_id: str = Field("", description="Client ID that the OpenID provider has assigned.")
    openid_client_secret: SecretStr = Field(
        SecretStr(""),
        description="Client secret that the OpenID provider has assigned. Empty: a client without a secret.",
    )
    openid_redirect_url: str = Field(
        "",
        description="The storefront's page to which the OpenID provider redirects, as registered there. It "
        "completes the sign-in with `openidSignInComplete`.",
    )
    idempotency_hours: int = Field(72, ge=24, description="Hours for which an idempotency key is remembered.")
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="The mail server: `smtp://user:password@host:587` (encrypted if the server offers it) or "
        "`smtps://…:465`. Empty: no messages are sent; they stay queued, or in development are kept in "
        "`ORDERGRAPH_MAIL_FOLDER`.",
    )
    mail_folder: str = Field(
        "data/mail",
        description="Folder in which development stores emails while there is no mail server; `/mail` shows "
        "them. Empty: they stay queued.",
    )
    reserved_domains: Literal["auto", "allow", "refuse"] = Field(
        "auto",
        description="Whether email addresses may use domains that are reserved for tests and local networks "
        "(`.test`, `.local`, `.invalid`, `localhost`): `allow`, `refuse`, or `auto` (in "
        "development only).",
    )
    mail_from: str = Field("orders@localhost", description="Sender address of messages.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    max_body_bytes: int = Field(
        262_144, ge=1024, description="The largest request body or WebSocket message, in bytes."
    )
    compress_from_bytes: int = Field(
        1_400,
        ge=0,
        description="Minimum size, in bytes, of responses that are compressed with gzip for clients that "
        "accept it. 0: no compression, for use behind a proxy that compresses.",
    )
    visitor_points: int = Field(
        5_000,
        ge=0,
        description="Points per second for each network address (for IPv6: a /64; a /48 has ten times as "
        "many) that is not signed in. Up to thirty times as many can be spent at once. An object "
        "that an operation may return costs one point. 0: no limit.",
    )
    principal_points: int = Field(
        50_000,
        ge=0,
        description="Points per second for each token and each signed-in user, with the same rules.",
    )
    max_sockets_per_address: int = Field(
        200,
        ge=1,
        description="WebSockets and event streams that one network address (for IPv6: a /64; a /48 has ten "
        "times as many) may hold open in a process.",
    )
    max_sockets_per_principal: int = Field(
        1_000,
        ge=1,
        description="WebSockets and event streams that each token and each signed-in user may hold open in a "
        "process, from any address.",
    )
    socket_idle_minutes: int = Field(
        10, ge=1, description="Minutes after which a WebSocket without a running operation is closed."
    )
    max_connections: int = Field(
        10_000,
        ge=10,
        description="Connections that a process keeps open. Beyond the limit, an idle connection is closed; "
        "if there is none, the new one receives 503.",
    )
    max_connections_per_address: int = Field(
        500,
        ge=1,
        description="Connections that a process keeps open for one network address (for IPv6: a /64; a /48 "
        "has ten times as many), excluding those of trusted proxies. Beyond the limit, a new "
        "connection receives 429.",
    )
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="Addresses and networks of the proxies whose X-Forwarded-For header is trusted, "
        "separated by commas; `*` trusts every caller.",
    )

    @field_validator("engine_off", mode="before")
    @classmethod
    def _pieces(cls, value: T) -> T | list[str]:
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    def without_time_limits(self) -> "Settings":
        """The same settings for long-running work: migrations, checks, imports."""
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
    def account_page(self) -> str:
        """The page that mails to customers about their accounts link to; empty if there is none."""
        if self.account_url or not self.is_development:
            return self.account_url
        base = self.public_url.rstrip("/") or f"http://localhost:{self.port}"
        return f"{base}/demo-shop/account"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.allowed_origins.split(",") if part.strip())

    @property
    def proxies(self) -> tuple[str, ...]:
        """The configured proxies; none if all are trusted (`*`)."""
        named = self.trusted_proxies.strip()
        return () if named == "*" else tuple(part.strip() for part in named.split(",") if part.strip())

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(part.strip().lower() for part in self.allowed_hosts.split(",") if part.strip())

    @property
    def bus(self) -> str:
        """The bus in use: the configured one, else the one for the database."""
        return self.bus_url or ("memory://" if self.is_sqlite else "postgres://")


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()  # type: ignore[call-arg]  # pydantic fills every field from the environment


def with_port(port: int) -> Settings:
    """The settings with another port, also for the workers of this process: links to the server name it."""
    os.environ["ORDERGRAPH_PORT"] = str(port)
    settings.cache_clear()
    return settings()
