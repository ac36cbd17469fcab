"""Which bytes and links stand for the history?"""
