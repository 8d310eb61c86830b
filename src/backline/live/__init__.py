"""Live guidance: lumbar flexion during the lift, and a cue when it passes a bound."""
