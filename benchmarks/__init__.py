"""Does each promise of speed hold? One file per promise; each prints a ratio and fails where it is broken."""
