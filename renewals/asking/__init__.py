"""What does the firm ask a client for through a one-time link, and how is what arrives taken in?"""
