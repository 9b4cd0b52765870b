"""One file per rule sheet of the domain; `registry` lists them."""
