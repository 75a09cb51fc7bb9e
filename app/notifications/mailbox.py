"""Mails that are kept as files: in development, in place of a mail server.

A mail is named by a hash of its Message-ID, so a mail that is handed over again replaces itself.
"""

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from app.core import clock
from app.settings import Settings, settings

MOST_KEPT = 300  # the oldest are deleted
LARGEST = 2_000_000  # bytes of a file that is read
_NAME = re.compile(r"[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail in the folder of mails."""

    id: str
    stored_at: datetime
    mail: EmailMessage

    def header(self, name: str) -> str:
        return str(self.mail[name] or "")

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, subtype: str) -> str:
        part = self.mail.get_body(preferencelist=(subtype,))
        return str(part.get_content()) if part is not None else ""


def is_used(chosen: Settings | None = None) -> bool:
    """Whether mails are stored: in development, without a mail server, with a folder."""
    config = chosen or settings()
    return config.is_development and bool(config.mail_folder) and not config.smtp_url.get_secret_value()


def store(mail: EmailMessage) -> None:
    """Store a mail, and delete the oldest above the limit.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = Path(settings().mail_folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = hashlib.sha256(str(mail["Message-ID"]).encode()).hexdigest()[:32]
    descriptor, written = tempfile.mkstemp(dir=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(mail.as_bytes(policy=policy.SMTP))
    Path(written).replace(folder / f"{name}.eml")
    for path in _newest_first()[MOST_KEPT:]:
        path.unlink(missing_ok=True)


def stored_mails() -> list[StoredMail]:
    """The mails, newest first."""
    return [one for path in _newest_first()[:MOST_KEPT] if (one := _read(path)) is not None]


def stored_mail(id: str) -> StoredMail | None:
    """A mail by its id; None if there is none."""
    return _read(Path(settings().mail_folder) / f"{id}.eml") if _NAME.match(id) else None


def _newest_first() -> list[Path]:
    times = []
    for path in Path(settings().mail_folder).glob("*.eml"):
        with suppress(FileNotFoundError):  # another process has deleted it
            times.append((path.stat().st_mtime_ns, path))
    return [path for _, path in sorted(times, reverse=True)]


def _read(path: Path) -> StoredMail | None:
    try:
        changed = path.stat().st_mtime
        with path.open("rb") as file:
            content = file.read(LARGEST)
    except FileNotFoundError:
        return None
    mail = message_from_bytes(content, policy=policy.default)
    at = datetime.fromtimestamp(changed, UTC)
    return StoredMail(path.stem, min(at, clock.now()), mail)
