"""Stored value: gift cards and store credit.

Owns the accounts and the entries of each: a balance is the sum of its entries and is never below zero. A gift
card is spent by whoever has its code, store credit by its customer. The payments of an order that were made
with stored value, and their refunds, are in payments.
"""
