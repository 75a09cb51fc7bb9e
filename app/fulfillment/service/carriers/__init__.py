"""Commands on what carriers do: accounts, labels, manifests, tracking, and parcels returned to sender."""
