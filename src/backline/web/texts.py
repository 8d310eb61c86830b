"""The texts of the app: those of `backline.texts`."""

from backline.texts import group, say

__all__ = ["group", "say"]
