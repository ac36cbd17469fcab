"""Promises of the commands."""
