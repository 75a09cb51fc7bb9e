"""The text of messages, made from templates and current data when they are sent."""

from collections.abc import Iterable, Mapping
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.channels import queries as channels
from app.core import clock
from app.core.characters import harmless_line
from app.core.languages import ENGLISH, widened
from app.customers import queries as customers
from app.customers import requests
from app.customers.lifecycle import AccountPurpose
from app.customers.models import AccountRequest
from app.fulfillment import queries as fulfillment
from app.fulfillment.lifecycle import FulfillmentOrderStatus
from app.fulfillment.service.suppliers import requests as requests_commands
from app.inventory.stock import queries as stock
from app.notifications import queries
from app.notifications.back_in_stock.wording import facts_of
from app.notifications.buyer_templates import languages_to_try
from app.notifications.lifecycle import OF_BACK_IN_STOCK, OF_WORK, MessageKind
from app.notifications.models import Message
from app.notifications.order_wording import order_message
from app.orders import queries as orders
from app.settings import settings
from app.suppliers import queries as suppliers

_ADDRESS = ("name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone")
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    autoescape=False,  # plain text
    # A name, an address or a note stays within one line, so that it cannot pose as text of the shop.
    finalize=lambda value: harmless_line(value) if isinstance(value, str) else value,
    trim_blocks=True,
    lstrip_blocks=True,
)

# The `action` of the page that a mail links to, by purpose of the request.
_ACTIONS = {
    "register": "register",
    "invite": "invite",
    "invite_customer": "invite",
    "email_change": "email",
    "deletion": "delete",
}


async def worded(message: Message) -> EmailMessage | None:
    """A message as it is sent; None if it is no longer needed.

    The first line of a template is the subject, the rest after an empty line is the text. A message to the
    buyer of an order has an HTML part too.

    Raises:
        NotNeeded: a message to the buyer of an order is not needed; it says why.
    """
    if message.kind.is_about_order:
        found = await order_message(message)
        mail = _mail(message, found.subject)
        mail.set_content(found.text)
        mail.add_alternative(found.html, subtype="html")
        return mail
    if message.kind in OF_BACK_IN_STOCK:
        return await _back_in_stock_mail(message)
    facts = await _facts(message)
    if facts is None:
        return None
    own = "" if message.kind in OF_WORK else await orders.language_of(message.address)
    return _text_mail(message, [*widened(own), *widened(await channels.common_language())], facts)


async def _back_in_stock_mail(message: Message) -> EmailMessage:
    """A mail about a request to be told; RFC 8058: mail programs can withdraw it with one request."""
    about = await facts_of(message)
    mail = _text_mail(message, languages_to_try(message.language, about.channel), about.values)
    if message.kind is MessageKind.BACK_IN_STOCK:
        mail["List-Unsubscribe"] = f"<{about.link}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return mail


def _text_mail(message: Message, languages: Iterable[str], facts: Mapping[str, object]) -> EmailMessage:
    """A mail in the first of some languages that there is a template in, else in English."""
    name = f"{message.kind.value}.txt"
    # English texts are in the folder itself.
    named = [name if tag == ENGLISH else f"{tag}/{name}" for tag in languages]
    text = _templates.select_template([*named, name]).render(**facts)
    subject, _, body = text.partition("\n")
    mail = _mail(message, subject)
    mail.set_content(body.lstrip("\n"))
    return mail


def _mail(message: Message, subject: str) -> EmailMessage:
    """A mail without content."""
    mail = EmailMessage()
    mail["From"] = settings().mail_from
    mail["To"] = message.address
    mail["Subject"] = " ".join(subject.split())
    mail["Date"] = formatdate()
    # The same for each attempt, so that receivers can detect duplicates.
    mail["Message-ID"] = f"<{message.id.hex}@{_domain()}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic replies
    return mail


def _domain() -> str:
    return settings().mail_from.rpartition("@")[2].rstrip(">") or "localhost"


async def _facts(message: Message) -> dict[str, object] | None:
    """The values for a template; None if the message is no longer needed."""
    if message.kind in (MessageKind.SUPPLIER_REQUEST, MessageKind.SUPPLIER_CALL_OFF):
        return await _supplier_facts(message)
    return await _account_facts(message)


async def _account_facts(message: Message) -> dict[str, object] | None:
    """The values for templates about accounts; None for an address without
    an account, or an expired request.
    """
    request = await customers.account_request(message.subject_id)
    if request is None or request.used_at is not None or request.expires_at <= clock.now():
        return None
    holder = None
    if request.purpose is not AccountPurpose.REGISTER:
        holder = await customers.account_of(request)
        if holder is None:
            return None
    return {
        # A name typed for an unconfirmed address is not sent to that address.
        "name": holder.name if holder else "",
        "has_password": holder is not None and holder.password_hash is not None,
        "hours": round((request.expires_at - request.created_at).total_seconds() / 3600),
        **account_link(request),
    }


def account_link(request: AccountRequest) -> dict[str, str]:
    """The token of an account request, and the page for it, if one is configured."""
    config = settings()
    page = config.account_page if request.staff_id is None else config.staff_account_url
    token, action = requests.token_of(request.id), _ACTIONS.get(request.purpose.value, "reset")
    mark = "&" if "?" in page else "?"
    return {
        "token": token,
        "link": f"{page}{mark}{urlencode({'action': action, 'token': token})}" if page else "",
    }


async def _supplier_facts(message: Message) -> dict[str, object] | None:
    """The values for templates for suppliers; None if the supplier need not be told any more."""
    (row,) = await fulfillment.by_id([message.subject_id])
    if row is None or row.purchase_order_id is None:
        return None
    if message.kind is MessageKind.SUPPLIER_REQUEST:
        is_news = row.status in (FulfillmentOrderStatus.SUBMITTED, FulfillmentOrderStatus.ACCEPTED)
    else:  # a supplier who was never asked is not told of a cancellation
        is_news = await queries.may_have_been_sent(MessageKind.SUPPLIER_REQUEST, row.id, message.address)
    if not is_news:
        return None
    (purchase,) = await suppliers.orders_by_id([row.purchase_order_id])
    (order,) = await orders.orders_by_id([row.order_id])
    if purchase is None or order is None:
        return None
    (supplier,) = await suppliers.suppliers_by_id([purchase.supplier_id])
    lines = await suppliers.lines_of(purchase.id)
    skus = await stock.skus_of(line.variant_id for line in lines)
    items = await suppliers.items_of(purchase.supplier_id, [line.variant_id for line in lines])
    config = settings()
    base = config.public_url.rstrip("/") or f"http://localhost:{config.port}"
    return {
        "supplier": supplier.name if supplier else "",
        "number": purchase.number,
        "ships_on": row.ships_on.isoformat(),
        "lines": [
            {
                "quantity": line.quantity,
                "sku": skus[line.variant_id],
                "supplier_sku": items[line.variant_id].supplier_sku if line.variant_id in items else "",
            }
            for line in lines
        ],
        "address": dict.fromkeys(_ADDRESS, "") | (order.shipping_address or {}),
        "link": f"{base}/supplier/{requests_commands.supplier_link(row)}",
    }
