"""Are files read rightly, without a database?"""
