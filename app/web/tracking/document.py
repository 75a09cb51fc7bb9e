"""The documents of the widget, trusted on every server because the server itself publishes them."""

from pathlib import Path

SOURCE = Path(__file__).parent / "source"
DOCUMENTS = tuple((SOURCE / name).read_text() for name in ("document.graphql", "poll.graphql"))
