"""The documents that the widget sends: trusted on every server, as the server itself gave them out."""

from pathlib import Path

SOURCE = Path(__file__).parent / "source"
DOCUMENTS = tuple((SOURCE / name).read_text() for name in ("document.graphql", "poll.graphql"))
