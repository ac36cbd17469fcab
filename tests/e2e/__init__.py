"""Can a person do their work in a real browser?"""
