"""Does everything leave unreadable and come back whole?"""
