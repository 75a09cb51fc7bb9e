"""Customers, their addresses and accounts, and blocked buyers in the API."""
