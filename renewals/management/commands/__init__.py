"""Which commands does ``manage.py`` know?"""
