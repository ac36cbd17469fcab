"""Which promises does the program keep?"""
