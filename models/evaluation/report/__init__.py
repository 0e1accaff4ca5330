"""One page with every metric and plot of an evaluation; it needs nothing but itself."""
