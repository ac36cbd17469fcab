"""How does one command run the whole program on one machine? It prepares, starts every process, and keeps them up."""
