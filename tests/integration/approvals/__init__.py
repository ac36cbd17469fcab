"""Does what needs two people get done by two, and never by one?"""
