"""What can be done from a shell?"""
