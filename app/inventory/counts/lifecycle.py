"""Statuses of a stock count and the steps between them."""

from app.core.described import Described
from app.core.lifecycle import Lifecycle, Stay, Step, stay, step


class CountStatus(Described):
    OPEN = "open", "Counting is in progress."
    SUBMITTED = "submitted", "Counted; the differences are large enough to require approval."
    COMPLETED = "completed", "The differences are posted to stock."
    CANCELLED = "cancelled", "Cancelled; nothing was posted."


C = CountStatus
submit_count = step("submit", {C.OPEN}, C.SUBMITTED)
complete_count = step("complete", {C.OPEN, C.SUBMITTED}, C.COMPLETED)
recount = step("recount", {C.SUBMITTED}, C.OPEN)
cancel_count = step("cancel", {C.OPEN, C.SUBMITTED}, C.CANCELLED)
count_lifecycle = Lifecycle(submit_count, complete_count, recount, cancel_count)
approve_count = stay("approve", {C.SUBMITTED})  # approval completes it
CountStep = Step[CountStatus] | Stay[CountStatus]
