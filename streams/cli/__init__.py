"""One file a command of canbao."""
