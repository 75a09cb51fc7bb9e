"""The catalogue: what is sold, and for how much.

Owns products, their variants (the SKU: the unit that is sold and stocked), categories, price lists and
prices, and the search over them. Promises that a SKU is unique and that a price is found the same way
everywhere. A bundle will be a variant with components: `Variant.tracks_stock` already tells apart what
has stock of its own. Knows channels, not stock.
"""
