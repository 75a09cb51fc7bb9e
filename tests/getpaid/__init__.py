"""getpaid-simulator with its Stripe plugin: Stripe's hosted page without Stripe, as a process of its own.

It needs Python 3.12 or newer, and other versions of some packages than the tests have: it has an environment of its
own, which is made when it is first used.
"""
