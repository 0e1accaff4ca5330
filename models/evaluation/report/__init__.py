"""One page with every figure and plot of an evaluation; it needs nothing but itself."""
