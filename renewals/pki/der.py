"""Where does each element of a DER file begin and end, and is every length honest?"""
