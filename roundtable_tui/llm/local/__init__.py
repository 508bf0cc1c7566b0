"""The local model: llama.cpp's own server in a child process, with a very small model.

Good for a first look at a real model on a real wire, not for answers: who uses it is told so.
"""
