"""The importer for the "Online Retail" file: every invoice line of a UK gift wholesaler.

Reading and matching are pure and process the whole file; loading writes the result in batches of one
transaction each. Existing rows are skipped, so a load can be stopped, continued and repeated without
duplicates.
"""

from app.imports.online_retail.loading import load

__all__ = ["load"]
