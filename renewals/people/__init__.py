"""Who works in the firm, how do they prove who they are, and what may each do?"""
