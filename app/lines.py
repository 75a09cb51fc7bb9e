"""Which texts of inputs may have several lines, by the names under which they are sent.

Every other text is one line: a name, a code, a reference. It is refused with a line break, a control
character or a character that hides or reorders others, see `core.graphql.bounds` and `core.characters`.
"""

SEVERAL = frozenset(
    {
        # what people and programs say, in their own words
        "note",
        "description",
        "text",
        # pasted with their line breaks, and taken apart by their domain: see `core.spelling`
        "trackingNumber",
        "trackingNumbers",
        # looked for, whatever was pasted
        "search",
        # data of the caller's own, which no page or mail of ours shows
        "metadata",
        "privateMetadata",
    }
)
