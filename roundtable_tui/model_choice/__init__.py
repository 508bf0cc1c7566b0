"""What the app and `doctor` show and choose of servers and models, before a run or for a seat in one."""
