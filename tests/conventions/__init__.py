"""Does the code keep the house rules?"""
