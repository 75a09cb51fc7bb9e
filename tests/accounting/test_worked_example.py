"""The example of docs/accounting.md, posted by the code."""

from tests.accounting.books import entries
from tests.accounting.test_posting import ship_all
from tests.journeys.life import Story
from tests.journeys.test_worked_numbers import tables
from tests.payments.desk import Desk


async def test_the_worked_example_is_reproduced(story: Story):
    ((*rows,),) = tables("accounting.md", "ledger")
    documented = [(account, f"-{credit}" if credit else debit) for _, account, debit, credit in rows]
    assert [step for step, *_ in rows if step] == ["receive 50", "pay 27.50", "ship 2", "refund 5.50"]
    desk = Desk(story, await story.buy(("MUG", 2)))
    await desk.record("27.50")
    await ship_all(story, desk.number)
    await desk.refund("5.50", note="Late")
    posted = [posting for _, postings in await entries(story.staff) for posting in postings.items()]
    assert sorted(posted) == sorted(documented)
