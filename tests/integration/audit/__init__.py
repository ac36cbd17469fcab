"""Does the history keep what happened, and show what somebody did to it?"""
