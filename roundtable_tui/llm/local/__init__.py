"""The local model: llama.cpp's own server in a child process, with a very small model.

Meant for trying the app with a real model, not for good answers; the app states this.
"""
