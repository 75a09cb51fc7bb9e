"""The catalog: products and prices.

Owns products, their variants (a variant is identified by its SKU and is the unit that is sold and stocked),
categories, price lists and prices, and the search over them. SKUs are unique, and prices are chosen by one
function. Imports channels, not inventory.
"""
