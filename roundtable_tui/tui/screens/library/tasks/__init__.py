"""The tree of tasks and the editor of their texts."""
