"""Which companies does the firm look after, and who answers for each?"""
