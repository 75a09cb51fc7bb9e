"""The document that the widget sends: trusted on every server, as the server itself gave it out."""

from pathlib import Path

SOURCE = Path(__file__).parent / "source"
DOCUMENT = (SOURCE / "document.graphql").read_text()
