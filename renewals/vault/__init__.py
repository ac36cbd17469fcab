"""How are keys kept so that only the vault worker can open them?"""
