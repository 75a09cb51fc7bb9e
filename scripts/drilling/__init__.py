"""Drills for operators: backup and restore under load, and the upgrade of an old database."""
