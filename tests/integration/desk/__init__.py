"""Does work on many rows at once give every row its answer?"""
