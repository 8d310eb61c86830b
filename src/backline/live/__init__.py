"""Live guidance: the low back's angle while the lift happens, and a cue when it passes a bound."""
