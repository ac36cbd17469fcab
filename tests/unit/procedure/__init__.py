"""Are the plan and its gates right, with no database in sight?"""
