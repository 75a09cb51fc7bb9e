"""Which operation of a document a request runs, before the document is parsed.

Reading the keywords of its definitions takes one pass, so that it can be done before the request is paid for.
"""

import re

_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|#[^\n\r]*|[{}()\[\]]|[$@]?[A-Za-z_][A-Za-z_0-9]*',
    re.DOTALL,
)
SUBSCRIPTION = "subscription"
_OPERATIONS = ("query", "mutation", SUBSCRIPTION)


def is_subscription(document: str, operation: str | None) -> bool:
    """Whether the operation that a request names, or the only one of its document, is a subscription.

    False for a document that is not valid.
    """
    if SUBSCRIPTION not in document:
        return False
    found = _operations(document)
    if operation is not None:
        return (SUBSCRIPTION, operation) in found
    return len(found) == 1 and found[0][0] == SUBSCRIPTION


def _operations(document: str) -> list[tuple[str, str]]:
    """The keyword and the name of each operation; the name is empty if it has none."""
    found: list[tuple[str, str]] = []
    depth, place, is_operation = 0, 0, False  # place: the number of tokens of the definition before this one
    for match in _TOKEN.finditer(document):
        token = match[0]
        if token[0] in '"#':
            continue
        if place == 0:
            is_operation = token in _OPERATIONS
            if is_operation or token == "{":
                found.append((token if is_operation else "query", ""))
        elif place == 1 and is_operation and token.isidentifier():
            found[-1] = (found[-1][0], token)
        depth += (token in ("{", "(", "[")) - (token in ("}", ")", "]"))
        place = 0 if depth == 0 and token == "}" else place + 1
    return found
