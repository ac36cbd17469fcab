"""Who gets in, and who lets whom in?"""
