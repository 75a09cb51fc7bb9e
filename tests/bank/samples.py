"""A bank file for tests that need some entries of bank accounts."""

from tests.bank.files import Paid, bank_file

SAMPLE = bank_file(
    Paid("40.00", "Thank you", "BK-1", structured="RF471234567"),
    Paid("50.00", "Your invoice", "BK-2", end_to_end="E2E-2"),
    Paid("60.00", "Rent", "BK-3", name="Bob"),
    Paid("4.90", "Fee", "BK-4", name="Bank", direction="DBIT", day="2026-11-26"),
    id="SAMPLE",
)
OTHER = bank_file(Paid("12.00", "Thank you", "BK-9"), kind="054", id="OTHER", opening=None, account="DE02")
# Two entries of the same amount.
TWINS = bank_file(
    Paid("30.00", "Payout", "BK-11", name="Gateway"),
    Paid("30.00", "Payout", "BK-12", name="Gateway"),
    id="TWINS",
    opening=None,
)
