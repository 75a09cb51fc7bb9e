"""Deferred tasks: work that a transaction stores and that runs after its commit, in its own transaction.

A task is for consequences that need other locks than the transaction holds; taking them in the same
transaction could cause deadlocks. The task is a row written in the transaction. It runs right after the
commit; if the process ends before that, the sweeper runs it. A task stores only its kind and its subject. Its
handler reads the current state, so running a task twice does no harm.
"""
