"""How does a file from outside become a proved, sealed, recorded pair?"""
