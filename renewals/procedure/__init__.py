"""How is one certificate replaced, step by step, under proof?"""
