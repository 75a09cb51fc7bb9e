"""Reads messages of ISO 20022. Elements are found by their names without the namespace, so that all versions
are read."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from app.core.folding import one_line
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

PATH = "bank_file"  # the argument with a file


def message_in(content: str, names: Sequence[str], what: str) -> Element:
    """The first element of a document with one of these names.

    Raises:
        Invalid: the content is not well-formed XML, has a document type or entities, or has no such element.
    """
    try:
        document: Element = fromstring(content.strip(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise malformed("The file has a document type or entities, which bank files do not have.") from error
    except (ParseError, ValueError) as error:
        raise malformed("The file is not well-formed XML.") from error
    message = next((each for each in document if local(each) in names), None)
    if message is None:
        raise malformed(f"The file is not a {what} message.")
    return message


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def all_at(element: Element, *names: str) -> list[Element]:
    """The elements at a path of names, of all branches."""
    found = [element]
    for name in names:
        found = [child for parent in found for child in parent if local(child) == name]
    return found


def find(element: Element, path: str) -> Element | None:
    """The first element at a path."""
    return next(iter(all_at(element, *path.split("/"))), None)


def text(element: Element, path: str) -> str:
    """The text of the first element at a path, in one line; empty if there is none."""
    found = find(element, path)
    return "" if found is None else one_line(found.text or "")


def malformed(said: str) -> Invalid:
    """The refusal of a file."""
    return Invalid(said, PATH, code=ProblemCode.MALFORMED)


def reason(element: Element | None) -> str:
    """The reason in an element, such as that of a return or a rejection: its code and the bank's words."""
    if element is None:
        return ""
    code = text(element, "Rsn/Cd") or text(element, "Rsn/Prtry")
    words = " ".join(one_line(each.text or "") for each in all_at(element, "AddtlInf"))
    return ": ".join(part for part in (code, words.strip()) if part)[:200]
