"""What do the pure modules promise, without a database?"""
