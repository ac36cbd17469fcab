"""What do the readers and writers of certificates, keys and PFX files promise?"""
