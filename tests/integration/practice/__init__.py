"""Does the portal to practise on behave like the portal it stands for?"""
