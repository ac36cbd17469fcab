"""Which days count, when does the firm work, and what stays quiet?"""
