"""Importers of other systems' history: one package for each kind of source."""
