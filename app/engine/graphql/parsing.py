"""Parses documents; reads long strings at once instead of character by character."""

import re

from graphql import DocumentNode, Lexer, Source, TokenKind
from graphql.language import Token
from graphql.language.parser import Parser, nested_too_deeply_error

# A single-line string with single-character escapes. Others are left to graphql-core.
_TEXT = re.compile(
    r'"(?:[^"\\\r\n\ud800-\udfff]++|\\["\\/bfnrt]|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4})*+"', re.ASCII
)
_ESCAPE = re.compile(r"\\(?:u(....)|(.))")
_MEANING = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class QuickLexer(Lexer):
    """graphql-core's lexer, with a regular expression for most strings."""

    def read_string(self, start: int) -> Token:
        found = _TEXT.match(self.source.body, start)
        if found is None:
            return super().read_string(start)
        text = found[0][1:-1]
        if "\\" in text:
            text = _ESCAPE.sub(_meant, text)
        return self.create_token(TokenKind.STRING, start, found.end(), text)


def _meant(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else _MEANING[escape[2]]


def parse(text: str, most_tokens: int) -> DocumentNode:
    """Parse a document.

    Raises:
        GraphQLSyntaxError: it is malformed, or has too many tokens.
    """
    source = Source(text)
    parser = Parser(source, max_tokens=most_tokens, lexer=QuickLexer(source))
    try:
        return parser.parse_document()
    except RecursionError:
        pass
    raise nested_too_deeply_error(parser)
