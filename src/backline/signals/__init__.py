"""Series over time: filters, the depth of the movement, quiet standing."""
