"""Does the program say what it means?"""
