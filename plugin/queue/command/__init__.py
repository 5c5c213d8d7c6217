"""`stfam queue`: one module a group of subcommands, each from arguments to calls of the queue and lines of text."""
