"""A mail server for tests: the received mails are in `post.mails`."""

from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from app import settings as settings_module
from tests.mail_server import mail_server


class Letterbox:
    """A mail server that stores mails and can refuse them."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses = False
        self.unknown: dict[str, str] = {}  # the answers about mailboxes that do not exist

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if address in self.unknown:
            return self.unknown[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuses:
            return "451 Try again later"
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture
async def post(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Letterbox]:
    box = Letterbox()
    async with mail_server(box) as port:
        known = settings_module.settings()
        changed = known.model_copy(
            update={
                "smtp_url": type(known.smtp_url)(f"smtp://127.0.0.1:{port}"),
                "mail_from": "Orders <orders@shop.example>",
                "public_url": "http://test",
                "account_url": "https://shop.example/account",
                "staff_account_url": "https://shop.example/staff",
            }
        )
        for module in ("service", "wording", "listeners", "order_values", "back_in_stock.wording"):
            monkeypatch.setattr(f"app.notifications.{module}.settings", lambda: changed)
        yield box
