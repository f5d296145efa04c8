"""Workers: the executor seam, and the training processes of this machine. Only the child imports torch."""
