"""Whose lift it is: the lifter found among the people, and followed."""
