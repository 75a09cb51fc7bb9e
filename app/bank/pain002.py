"""Reads what a bank says about the transfers of a file: ISO 20022 pain.002.

Only rejections are of interest: that a transfer was executed is known from the statement.
"""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from app.bank.iso20022 import PATH, all_at, find, local, message_in, reason, text
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

MOST_TRANSFERS = 10_000  # of one file
_REJECTED = "RJCT"
# The bank has received the same message or transfer before, and executes that one.
_DUPLICATES = frozenset({"AM05", "DU01", "DU02", "DU03", "DU04", "DU05"})


@dataclass(frozen=True, slots=True)
class Rejection:
    """Transfers that the bank does not execute: one, or, without `end_to_end_id`, all of the file."""

    message_id: str
    end_to_end_id: str
    reason: str  # the code and the bank's words

    @property
    def is_of_copy(self) -> bool:
        """Whether it rejects a copy of what the bank has received before."""
        return self.reason.partition(":")[0].upper() in _DUPLICATES


def read(content: str) -> list[Rejection]:
    """The rejections of a file.

    Raises:
        Invalid: it is not XML or not such a message, or has too many transfers.
    """
    message = message_in(content, ("CstmrPmtStsRpt",), "pain.002")
    if sum(local(each) == "TxInfAndSts" for each in message.iter()) > MOST_TRANSFERS:
        raise Invalid(
            f"The file has more than {MOST_TRANSFERS:,} transfers.",
            PATH,
            code=ProblemCode.TOO_MANY,
            maximum=MOST_TRANSFERS,
        )
    group = find(message, "OrgnlGrpInfAndSts")
    original = "" if group is None else text(group, "OrgnlMsgId")
    if group is not None and text(group, "GrpSts") == _REJECTED:
        return [Rejection(original, "", reason(find(group, "StsRsnInf")))]
    return [each for payment in all_at(message, "OrgnlPmtInfAndSts") for each in _of(payment, original)]


def _of(payment: Element, original: str) -> list[Rejection]:
    """The rejections of a payment information block. The files that are written here have one, with the
    identification of the message."""
    own = text(payment, "OrgnlPmtInfId")
    own = original if own in ("", "NOTPROVIDED") else own
    if text(payment, "PmtInfSts") == _REJECTED:
        return [Rejection(own, "", reason(find(payment, "StsRsnInf")))]
    return [
        Rejection(own, text(each, "OrgnlEndToEndId"), reason(find(each, "StsRsnInf")))
        for each in all_at(payment, "TxInfAndSts")
        if text(each, "TxSts") == _REJECTED and text(each, "OrgnlEndToEndId")
    ]
