"""What does the whole firm look like, and what is to be done to many rows at once?"""
