"""The protocol of buying as a small model, and a search through everything that can happen in it."""
