"""Does the vault keep keys as promised?"""
