"""Which small words do templates need?"""
