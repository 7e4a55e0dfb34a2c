"""Plain frozen data and rules. Standard library only; no input or output."""
