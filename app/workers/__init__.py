"""Workers: the executor, the processes of this machine, and what they do. Only the processes load torch."""
