"""Print the tests that failed in the last run of pytest with the given cache directory, one per line."""

import json
import sys
from pathlib import Path

path = Path(sys.argv[1]) / "v/cache/lastfailed"
print("\n".join(sorted(json.loads(path.read_text()))) if path.exists() else "")
