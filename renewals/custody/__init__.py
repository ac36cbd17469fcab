"""Who takes key files out, for which reason, for how many minutes?"""
