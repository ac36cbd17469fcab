"""Do the pages let the right people do the right things, in words that help?"""
