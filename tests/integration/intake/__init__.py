"""Do files from outside become sealed rows, or nothing?"""
