"""A synthetic city with planted, labelled cases, and the servers that the demo and the tests start."""
