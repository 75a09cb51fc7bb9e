"""The reviewed table of permissions in docs/permissions.md agrees with the policies of the schema.

To change it, run this file as a program (`python -m tests.access.test_permissions`), read the difference and
commit it.
"""

import re
from pathlib import Path

from strawberry.utils.str_converters import to_camel_case

from app.access.permissions import ROLES, Permission
from app.core.graphql.policy import policy_of
from app.schema import schema

NAMES = re.compile(rf"\b({'|'.join(permission.value for permission in Permission)})\b")
TABLE = Path(__file__).parent.parent.parent / "docs" / "permissions.md"
HEAD = """# Permissions

The tables below list who may use each operation. `anyone` includes visitors without credentials, who see only public data
and their own; `signed in` is any customer, staff member or token, each limited to the data that they may see. Other operations
need a permission, which a role or a token grants. The option `--permission` of `ordergraph token` takes the names in lowercase.

## Scope of a permission

A token or a staff member can hold its permissions for some channels or locations only. Objects outside of that scope are
treated as if they did not exist: in lists, counts, filters, reports, events and streams, and as an id or code in an input.

| object | required scope of the permission |
|---|---|
| settings of a channel, prices, discounts, shipping methods, `channelLocationsSet`, `sourcingPolicySet` | the channel as a whole: a caller that is limited to locations is excluded |
| stock levels, lots, movements, receipts, counts, incoming stock, purchase orders, supplier returns | the location; for a caller limited to channels, a location that these channels sell from |
| a transfer | to see it, either location; to create it, both; to ship or cancel it, the source; to receive it, the destination; to turn it back, either |
| fulfillment orders, shipments, pick lists | the channel and the location; for a pick list, those of all its items |
| manifests, `locationUpdate` | the location, for all channels |
| an order with its holds, payments and cancellation requests | to see it, `orders_view` in its channel; to change it, the permission of the operation as well; for a caller limited to locations, an order of which one of them ships something |
| customers | to see them, a channel in which they have an order; to change them, everywhere, because customers buy in all channels |
| API tokens | `access_manage` and the permissions of the token, in all its channels and locations; a token that expires cannot create a token that expires later, and revoking a token also revokes those that were created with it |
| cost fields of an object (`stock_costs`) | the scope of that object |
| an event or a message | the scope of its subject, with the permission that reading the subject needs; changes of levels and promises, and of shared objects, are visible only to callers without a limit |
| operations marked `everywhere` below | no limit |

Suppliers, carriers, boxes, tax rates and products are shared by all channels: a caller with a limited permission can read them
but not change them. Permission to see an object does not imply permission to change it: everyone sees a public channel, but its
prices can be changed only with the permission for prices in that channel.

## Refund limits

A role that holds `payments_refund` can limit what each of its staff refunds of one order: `refundLimits` of `roleCreate` and
`roleUpdate`, one amount per currency. Without limits, any amount can be refunded; with limits, nothing in a currency that has
none. Counted are the refunds that the person made of the order, by `paymentRefund`, `giftCardRefund` and `bankTransferCreate`,
to whichever payment, unless they failed or were sent back. Refunds that Ordergraph makes by itself, such as those of cancelled orders, do
not count. An API token refunds for the staff member who created it, or who created the token that created it; a token made with
`ordergraph token` has no limit. Limits are read when a refund is made.

A higher refund is refused with `AmountTooLarge` at `input.amount`, with the limit and what is left of it as `maximumAmount`.
`Payment.refundable` is what the caller can refund, and the step REFUND has the reason LIMIT_REACHED when nothing is left. Nobody can
grant higher limits than their own.

Roles and tokens that held `payments_manage` before `payments_refund` existed hold both, without limits.

## Hidden objects and fields

Unpublished products, and variants that cannot be bought, are visible only with `catalog_view_all`, on every path to them: a
bundle, a substitute, an order line, a discount. An order line keeps the SKU and the names that were recorded. Buyers do
not see the tags, priority, holds, edits, payments and notes that staff keep on an order, nor which staff member performed an
action. A field that the caller may not see cannot be used to filter, sort or search either: such a filter is rejected.

"""


def generated() -> str:
    lines = [HEAD]
    for root in ("Query", "Mutation", "Subscription"):
        definition = schema.get_type_by_name(root)
        lines.append(f"## {root}\n\n| operation | who may |\n|---|---|\n")
        rows = {to_camel_case(f.python_name): policy_of(f) for f in definition.fields}  # type: ignore[union-attr]
        lines += [f"| `{name}` | {policy.name} |\n" for name, policy in sorted(rows.items()) if policy]
        lines.append("\n")
    codes = sorted(ROLES)
    lines.append("## Roles of a new deployment\n\n| permission | " + " | ".join(codes) + " |\n")
    lines.append("|---" * (len(codes) + 1) + "|\n")
    for permission in Permission:
        marks = ["yes" if permission in ROLES[code][1] else "" for code in codes]
        lines.append(f"| {permission.value}: {permission.description} | " + " | ".join(marks) + " |\n")
    return NAMES.sub(lambda found: found[0].upper(), "".join(lines))  # as the API spells them


def test_the_generated_table_of_permissions_equals_the_committed_one():
    assert TABLE.read_text() == generated()


if __name__ == "__main__":
    TABLE.write_text(generated())
