"""Storyboards against a script on the vendor's own client, in one run on the same emulator and bucket server."""
