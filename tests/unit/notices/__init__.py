"""Are the pure rules of notices right?"""
