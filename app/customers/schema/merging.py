"""Merge of two customers in GraphQL."""

from typing import Annotated

import strawberry

from app.core.graphql.errors import mutation
from app.core.graphql.policy import query
from app.core.graphql.problems import Problem, shown
from app.core.graphql.scalars import ExpectedVersion, arg, doc, graphql_enum
from app.core.ids import row_id
from app.customers import merging, models
from app.customers.lifecycle import MergedAccount, MergeField
from app.customers.schema.customers import MANAGE, Customer

graphql_enum(MergeField, "Data of two customers of which a merge keeps one value.")
graphql_enum(MergedAccount, "Account of a customer after a merge.")

_PREFER = (
    "Fields of which the value of the merged customer is taken although both have one. EMAIL is not "
    "possible, because the address belongs to the account."
)


@strawberry.input(description="The two customers of a merge that is previewed.")
class CustomerMergePreviewInput:
    from_id: strawberry.ID = doc("The merged customer, which would be deleted.")
    into_id: strawberry.ID = doc("The kept customer.")
    prefer_from: list[MergeField] = doc(_PREFER, default_factory=list)


@strawberry.input(description="Input for merging a customer into another one.")
class CustomerMergeInput:
    from_id: strawberry.ID = doc("The merged customer, which is deleted.")
    into_id: strawberry.ID = doc("The kept customer.")
    from_version: int = doc("`version` of the merged customer in the preview.")
    prefer_from: list[MergeField] = doc(_PREFER, default_factory=list)


@strawberry.type(description="A value that differs between two customers, and the value after their merge.")
class CustomerMergeDifference:
    field: MergeField = doc("The field.")
    key: str | None = doc("Key of the entry for custom JSON data; null for other fields.")
    merged: str | None = doc("Value of the merged customer; null if it has none.")
    kept: str | None = doc("Value of the kept customer; null if it has none.")
    result: str | None = doc("Value after the merge; null for none.")
    is_conflict: bool = doc("Whether both have a value, so that one of the two is lost.")


@strawberry.type(description="What the merge of two customers would do. Nothing is changed.")
class CustomerMergePreview:
    merged: Customer = doc("The merged customer, which would be deleted.")
    kept: Customer = doc("The kept customer, before the merge.")
    account: MergedAccount = doc("The account after the merge.")
    differences: list[CustomerMergeDifference] = doc("Values that differ. Tags and notes are combined.")
    tags: list[str] = doc("Tags after the merge.")
    note: str | None = doc(
        "Internal staff note after the merge: the notes of both, one below the other; null for none."
    )
    orders: int = doc("Placed orders of the merged customer, which are moved.")
    carts: int = doc("Carts of the merged customer, which are moved.")
    discount_uses: int = doc(
        "Uses of discount codes by the merged customer. They count together with those of the kept customer."
    )
    addresses: int = doc("Addresses of the merged customer that are moved.")
    repeated_addresses: int = doc(
        "Addresses of the merged customer that the kept customer has too; they are deleted."
    )
    sessions: int = doc("Open sessions of the merged customer, which end.")
    problems: list[Problem] = doc("Reasons for which the merge is not possible; empty if it is.")


def _shown(found: merging.MergePreview) -> CustomerMergePreview:
    combined = found.combined
    return CustomerMergePreview(
        merged=found.merged,  # type: ignore[arg-type]
        kept=found.kept,  # type: ignore[arg-type]
        account=combined.account,
        differences=[
            CustomerMergeDifference(
                field=each.field,
                key=each.key or None,
                merged=each.merged,
                kept=each.kept,
                result=each.result,
                is_conflict=each.merged is not None and each.kept is not None,
            )
            for each in combined.differences
        ],
        tags=combined.columns["tags"],
        note=combined.columns["note"] or None,
        orders=found.purchases.orders,
        carts=found.purchases.carts,
        discount_uses=found.purchases.discount_uses,
        addresses=len(combined.moved),
        repeated_addresses=len(combined.repeated),
        sessions=found.sessions,
        problems=[shown(problem, {"input"}) for problem in found.problems],
    )


@strawberry.type
class CustomerMergeQuery:
    @query(MANAGE)
    async def customer_merge_preview(
        self,
        info: strawberry.Info,
        input: Annotated[CustomerMergePreviewInput, arg("The two customers.")],
    ) -> CustomerMergePreview | None:
        """What `customerMerge` would do with two customers. Nothing is changed."""
        return _shown(
            await merging.preview(
                info.context.actor,
                row_id(input.from_id, "Customer", "from_id"),
                row_id(input.into_id, "Customer", "into_id"),
                input.prefer_from,
            )
        )


@strawberry.type
class CustomerMergeMutation:
    @mutation("CustomerMergeResult", Customer, policy=MANAGE)
    async def customer_merge(
        self,
        info: strawberry.Info,
        input: Annotated[CustomerMergeInput, arg("The two customers.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Customer:
        """Merge a customer into another one, the kept customer, which is returned. Orders, carts, addresses,
        tags, notes, custom data and uses of discount codes become those of the kept customer. The merged
        customer is deleted and its sessions end; requests with its ID return NotFound. This cannot be undone:
        `customerMergePreview` shows the result. `expectedVersion` is the version of the kept customer."""
        return await merging.merge(
            info.context.actor,
            row_id(input.from_id, "Customer", "from_id"),
            row_id(input.into_id, "Customer", "into_id"),
            from_version=input.from_version,
            expected_version=expected_version,
            preferred=input.prefer_from,
        )
