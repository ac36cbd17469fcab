"""What do people see and do in lists, filters and bulk actions?"""
