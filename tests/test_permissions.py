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
