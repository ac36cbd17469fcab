"""Do key files leave custody only as promised?"""
