"""Which pages does a person work on?"""
