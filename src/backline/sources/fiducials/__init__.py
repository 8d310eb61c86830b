"""Fiducials: printed stickers or coloured dots on the lifter, tracked in the clip."""
