"""Commands that change stock, by subject. Importers name the module that has the command."""
