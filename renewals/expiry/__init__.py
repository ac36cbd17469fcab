"""When does what expire, and which mark has been reached?"""
