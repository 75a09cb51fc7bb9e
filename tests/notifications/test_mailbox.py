"""In development without a mail server, mails are kept as files and shown at /mail."""

import html
import os
import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from app import main
from app.notifications import jobs, mailbox
from app.settings import Environment, Settings, settings
from tests import make
from tests.ask import Api
from tests.letterbox import Letterbox

REGISTER = 'mutation($e: String!) { customerRegister(input: {email: $e, name: "Ada"}) { __typename } }'
CONFIRM = (
    "mutation($t: String!, $p: String!) { customerRegisterConfirm(token: $t, password: $p) { __typename } }"
)
MESSAGES = "{ messages { nodes { status attempts problem } } }"
PASSWORD = "a password long enough"
PATHS = ("/mail", "/mail/" + "0" * 32, "/mail/" + "0" * 32 + "/html")


def _use(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Settings:
    changed = settings().model_copy(update={"mail_folder": str(folder)})
    for module in ("mailbox", "service", "wording", "listeners"):
        monkeypatch.setattr(f"app.notifications.{module}.settings", lambda: changed)
    return changed


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    _use(monkeypatch, tmp_path / "mail")
    return tmp_path / "mail"


@pytest.fixture
async def pages(monkeypatch: pytest.MonkeyPatch, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(main.create_app(mailbox.settings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


def _mail(number: int = 0, subject: str = "Hello", page: str = "") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "orders@localhost", "ada@example.com", subject
    mail["Message-ID"] = f"<{number}@localhost>"
    mail.set_content("See https://shop.example/?a=1&b=2 <script>alert(1)</script>\n")
    if page:
        mail.add_alternative(page, subtype="html")
    return mail


async def test_a_newcomer_opens_an_account_with_the_link_in_the_mailbox(
    api: Api, pages: httpx.AsyncClient, folder: Path
):
    await api.do(REGISTER, e="ada@example.com")
    assert await jobs.send_messages() == 1
    assert await jobs.send_messages() == 0
    (message,) = (await api.as_(await make.token()).ask(MESSAGES))["messages"]["nodes"]
    assert message == {"status": "SENT", "attempts": 1, "problem": None}
    listed = await pages.get("/mail")
    (path,) = re.findall(r'href="(/mail/[^"]+)"', listed.text)
    assert "ada@example.com" in listed.text
    shown = await pages.get(path)
    (link,) = [url for url in re.findall(r'href="([^"]+)"', shown.text) if "token" in url]
    address = httpx.URL(html.unescape(link))
    assert str(address).startswith("http://localhost:8000/demo-shop/account?action=register&token=")

    assert (await api.do(CONFIRM, t=address.params["token"], p=PASSWORD))["__typename"] == "SessionTokens"


async def test_a_mail_that_cannot_be_kept_is_tried_again(api: Api, folder: Path):
    folder.write_text("a file in place of the folder")
    await api.do(REGISTER, e="ada@example.com")
    assert await jobs.send_messages() == 1
    (message,) = (await api.as_(await make.token()).ask(MESSAGES))["messages"]["nodes"]
    assert message["status"] == "QUEUED" and "FileExistsError" in message["problem"]


async def test_a_mail_server_is_used_instead_of_the_mailbox(api: Api, post: Letterbox, tmp_path: Path):
    await api.do(REGISTER, e="ada@example.com")
    await jobs.send_messages()
    assert len(post.mails) == 1
    assert not mailbox.is_used(
        settings().model_copy(update={"smtp_url": type(settings().smtp_url)("smtp://x")})
    )


@pytest.mark.parametrize("env", list(Environment))
async def test_the_routes_exist_only_in_development(env: Environment, tmp_path: Path):
    config = settings().model_copy(update={"env": env, "mail_folder": str(tmp_path)})
    assert mailbox.is_used(config) is (env is Environment.DEVELOPMENT)
    app = main.create_app(config)
    assert any(getattr(route, "path", "").startswith("/mail") for route in app.routes) is (
        env is Environment.DEVELOPMENT
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answers = [await client.get(path) for path in PATHS]
    if env is Environment.PRODUCTION:
        assert [(answer.status_code, answer.text) for answer in answers] == [(404, "Not Found")] * 3
    else:
        assert [answer.status_code for answer in answers] == [200, 404, 404]


async def test_markup_in_mails_is_shown_as_text_and_links_can_be_clicked(
    pages: httpx.AsyncClient, folder: Path
):
    mailbox.store(_mail(subject="<img src=x onerror=alert(1)> \u202egnp"))
    listed = (await pages.get("/mail")).text
    assert "&lt;img src=x" in listed and "<img" not in listed and "\u202e" not in listed
    (path,) = re.findall(r'href="(/mail/[^"]+)"', listed)
    shown = await pages.get(path)
    assert "<script" not in shown.text and "&lt;script&gt;" in shown.text and "<img" not in shown.text
    assert 'href="https://shop.example/?a=1&amp;b=2"' in shown.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert "<iframe" not in shown.text and (await pages.get(path + "/html")).status_code == 404


async def test_html_is_shown_in_a_sandboxed_frame_without_scripts(pages: httpx.AsyncClient, folder: Path):
    mailbox.store(_mail(page="<html><head><title>x</title></head><body><script>1</script></body></html>"))
    (one,) = mailbox.stored_mails()
    shown = (await pages.get(f"/mail/{one.id}")).text
    assert re.search(r'<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"', shown)
    framed = await pages.get(f"/mail/{one.id}/html")
    policy = framed.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy and "script-src" not in policy
    assert '<head><base target="_blank"><title>' in framed.text


@pytest.mark.parametrize(
    "id",
    [
        "../secret",
        "..%2Fsecret",
        "%2e%2e%2fsecret",
        "x",
        "A" * 32,
        "0" * 31,
        "0" * 32 + "%0a",
        "%00" * 32,
    ],
)
async def test_no_file_outside_of_the_mailbox_is_read(pages: httpx.AsyncClient, folder: Path, id: str):
    mailbox.store(_mail())
    for place in (folder.parent, folder):
        for name in ("secret.eml", "x.eml", f"{'A' * 32}.eml"):
            (place / name).write_text("Subject: hidden\n\nhidden")
    for path in (f"/mail/{id}", f"/mail/{id}/html"):
        answer = await pages.get(path)
        assert answer.status_code == 404 and "hidden" not in answer.text


async def test_other_sites_cannot_read_the_mailbox(pages: httpx.AsyncClient, folder: Path):
    mailbox.store(_mail(page="<p>secret</p>"))
    (one,) = mailbox.stored_mails()
    for path in ("/mail", f"/mail/{one.id}", f"/mail/{one.id}/html"):
        read = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}
        assert (await pages.get(path, headers=read)).status_code == 403
        opened = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
        assert (await pages.get(path, headers=opened)).status_code == 200


def test_only_the_newest_mails_are_kept_and_a_repeated_mail_replaces_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mailbox, "MOST_KEPT", 3)
    for number in (0, 1, 2, 2, 3):
        mailbox.store(_mail(number, f"Mail {number}"))
        for path in folder.iterdir():  # clocks of file systems can be coarse
            stat = path.stat()
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns - 1_000_000_000))
    assert [one.header("Subject") for one in mailbox.stored_mails()] == ["Mail 3", "Mail 2", "Mail 1"]
    assert len(list(folder.iterdir())) == 3
