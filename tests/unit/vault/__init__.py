"""Do sealed bytes and the child that parses files keep their promises?"""
