"""Builds the tracking widget's script and style sheet. With --check it fails if the files differ."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent / "app" / "web"
SOURCE, WORDS, STATIC = ROOT / "tracking" / "source", ROOT / "tracking" / "words", ROOT / "static"
MODULES = ("transports.js", "connection.js", "words.js", "view.js", "element.js")


def script() -> str:
    """The widget as one module, including its texts in all languages and its style sheet."""
    words = {path.stem: json.loads(path.read_text()) for path in sorted(WORDS.glob("*.json"))}
    for texts in words.values():
        del texts["pay"]  # of a page that the server renders
    data = {
        "DOCUMENT": (SOURCE / "document.graphql").read_text(),
        "POLL_DOCUMENT": (SOURCE / "poll.graphql").read_text(),
        "STEPS": json.loads((SOURCE / "steps.json").read_text()),
        "DICTIONARIES": words,
        "STYLE": (SOURCE / "style.css").read_text(),
    }
    constants = [f"const {name} = {json.dumps(value, ensure_ascii=False)};\n" for name, value in data.items()]
    modules = ["\n" + (SOURCE / name).read_text() for name in MODULES]
    return "".join([(SOURCE / "banner.js").read_text(), "\n", *constants, *modules])


BUILT = {
    STATIC / "order-tracking.js": script,
    STATIC / "order-tracking.css": lambda: (SOURCE / "style.css").read_text(),
}


def main() -> int:
    stale = [path for path, build in BUILT.items() if not path.exists() or path.read_text() != build()]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.name} is not what its sources make: run python scripts/widget.py")
        return 1 if stale else 0
    for path in stale:
        path.write_text(BUILT[path]())
    return 0


if __name__ == "__main__":
    sys.exit(main())
