"""Promises of the oracle that judges the simulated year."""
