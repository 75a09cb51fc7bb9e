"""Who may use each operation: the reviewed table in docs/permissions.md is what the code enforces.

To change it, run this file as a program (`python -m tests.test_permissions`), read the difference and
commit it.
"""

from pathlib import Path

from strawberry.utils.str_converters import to_camel_case

from app.access.permissions import ROLES, Permission
from app.core.graphql.policy import policy_of
from app.schema import schema

TABLE = Path(__file__).parent.parent / "docs" / "permissions.md"
HEAD = """# Who may use what

Every operation names who may use it; one that says nothing does not build. `anyone` is also a visitor
without credentials, who still sees only what is public or their own; `signed in` is any customer, member of
staff or token, each seeing only what is theirs to see. The rest is a permission that a role or a token holds.

## Where a permission holds

A token, or somebody of the staff, may hold its permissions for some channels or locations only. What is elsewhere is
answered as if it did not exist, in lists, counts, filters, reports, events and streams, and as the id or code in an input.

| what | where the permission must hold |
|---|---|
| a channel's settings, prices, discounts, shipping methods, `channelLocationsSet`, `sourcingPolicySet` | in the channel as a whole: a limit to locations excludes it |
| stock levels, lots, movements, receipts, counts, what is expected, purchase orders, returns to suppliers | in the location; with a limit to channels, in one that these sell from |
| a transfer | to see it, at one end; to create it, at both; to ship or cancel it where it leaves, to receive it where it arrives, to turn it back at either |
| fulfillment orders, shipments, pick lists | in the channel and the location; of a pick list, for all that is on it |
| manifests, `locationUpdate` | in the location, for all channels |
| an order with its holds, payments and wishes to cancel | to see it, `orders_view` in its channel; to change it, the permission for that as well; under a limit to locations, where one of them sends something of it |
| customers | to see them, in a channel where they have an order; they buy in all channels, so to change them, everywhere |
| API tokens | `access_manage`, and what the token allows, in all its channels and locations; a token that expires makes none that expires later |
| what costs say of something (`stock_costs`) | where that thing is |
| an event or a message | where its subject is, and so must the permission by which that is read; changes of levels and promises, and what all share, take no limit |
| what is marked `everywhere` below | everywhere |

Suppliers, carriers, boxes and tax rates are shared, and so are products: a limited permission reads them and does not change
them. Seeing is one thing and changing another: everybody sees a public channel, and its prices are changed by whoever has the
permission for prices there.

## What is hidden

Products that are not published, and variants that cannot be bought, are for `catalog_view_all`, whatever leads to them: a
bundle, a substitute, the line of an order, a discount. The line keeps the SKU and the names that were recorded. Buyers do
not see the tags, priority, holds, edits, payments and notes that staff keep on an order, nor who of the staff did what.
What a caller may not see it cannot filter, sort or search by either: such a filter is refused.

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
    return "".join(lines)


def test_the_table_of_permissions_is_the_one_that_was_reviewed():
    assert TABLE.read_text() == generated()


if __name__ == "__main__":
    TABLE.write_text(generated())
