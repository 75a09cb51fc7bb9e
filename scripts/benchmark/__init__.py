"""Benchmarks of Ordergraph, each next to the fastest possible SQL for the same work."""
