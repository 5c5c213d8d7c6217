"""How fast and how small: what one frame costs on this machine, and how near that is to the machine's limit."""
