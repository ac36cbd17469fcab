"""Do companies, their numbers and their people hold together?"""
