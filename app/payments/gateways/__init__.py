"""Adapters of payment gateways behind one protocol.

Adapters do not access the database. Gateways are called between two transactions, never within one: see
service.calling.
"""
