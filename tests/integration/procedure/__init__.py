"""Does a renewal move from step to step, once, and only on proof?"""
