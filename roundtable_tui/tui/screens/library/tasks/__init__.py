"""Tasks on the screen: all of them in a tree, and one of their texts in an editor."""
