"""Tools that seats may call during a turn: the loop, permissions, and the check of citations."""
