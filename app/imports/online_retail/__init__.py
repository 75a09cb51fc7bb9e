"""The importer for the "Online Retail" file: every invoice line of a UK gift wholesaler.

Reading and matching are pure and see the whole file; loading writes what they decided, in batches that
each are one transaction. What is there already is skipped, so a load can be stopped, run again and
repeated without a second copy of anything.
"""

from app.imports.online_retail.loading import load

__all__ = ["load"]
