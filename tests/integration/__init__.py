"""What do verbs, pages, tasks and commands promise, with a database?"""
