"""What may one person ask and only another one allow?"""
