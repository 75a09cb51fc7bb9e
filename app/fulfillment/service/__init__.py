"""The commands of fulfillment, by subject. Importers name the module that has the command."""
