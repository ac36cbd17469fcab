"""Whom does the firm ask through a link, who gets in by it, and what becomes of what they send?"""
