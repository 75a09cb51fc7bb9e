"""What a server is flooded with, from a process of its own, while a visitor browses."""
