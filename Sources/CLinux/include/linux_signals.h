#pragma once
/// Blocks SIGTERM, SIGINT and SIGHUP, ignores SIGPIPE, and gives a signalfd for the blocked ones.
int linux_signals_watch(void);
/// 1: SIGTERM or SIGINT came; 2: SIGHUP; 0: none; or -errno. Does not wait.
int linux_signals_next(int descriptor);
