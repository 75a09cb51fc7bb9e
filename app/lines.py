"""Which input texts may have several lines, by field name.

Every other text is single-line: a name, a code, a reference. It is refused if it has a line break, a control
character or a character that hides or reorders others, see `core.graphql.bounds` and `core.characters`.
"""

SEVERAL = frozenset(
    {
        # free text of people and programs
        "note",
        "giftNote",
        "description",
        "text",
        # pasted with line breaks and split by the domain: see `core.spelling`
        "trackingNumber",
        "trackingNumbers",
        # files, which the domain parses
        "bankFile",
        "csvFile",
        # search terms, whatever was pasted
        "search",
        # custom data of the caller, which no page or mail shows
        "metadata",
        "privateMetadata",
    }
)
