"""The pursuit step compiled for one kind of processor; plain torch beside it is the reference."""
