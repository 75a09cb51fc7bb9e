"""What a transaction leaves to be done after it, in transactions of its own.

For consequences that need locks which the transaction itself must not take, as it holds others: taken there
they would cross those of the opposite way. An errand is a row that is written in the transaction, run at once
after the commit, and found again by the sweeper if the process ended in between. It says only of what it is,
not what to do: whoever runs it looks at how things stand by then, so running it twice does no harm.
"""
