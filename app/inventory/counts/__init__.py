"""Stock counts, which are taken while business goes on.

A difference is the counted quantity minus the quantity on hand at the time of counting by the ledger.
It is posted as a difference too, so units that leave or arrive between the counting and the posting are kept.
"""
