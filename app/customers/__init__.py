"""Customers and their addresses.

Owns customers and their address books, validates addresses by each country's rules, and resolves signed-in
customers to actors. An e-mail address belongs to at most one customer. Guest orders need no customer: the
order stores its own copy of the contact data.
"""
