"""Promises of the room that tells people in time."""
