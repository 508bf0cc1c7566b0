"""What the screens of personas and teams share: their files, listed, kept, watched and brought back."""
