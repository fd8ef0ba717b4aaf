"""Reports what a program's requests, loops and threads do; changes nothing of it."""
