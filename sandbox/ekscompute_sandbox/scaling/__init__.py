"""Operations of the Auto Scaling API that moto does not implement or implements differently from AWS.

They apply to the groups of node groups and to other groups.
"""
