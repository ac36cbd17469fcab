"""What holds with real servers and killed processes?"""
