"""What does the wiring promise, without a database?"""
