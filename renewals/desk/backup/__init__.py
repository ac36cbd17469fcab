"""How does everything the firm keeps leave the machine unreadable, and come back whole?"""
