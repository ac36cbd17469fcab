"""Promises of the room that knows about time."""
