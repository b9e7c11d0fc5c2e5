// Spawning and watching processes.
// All return 0 or a value >= 0, or -1 with errno set.
#pragma once
#include <stdint.h>
#include <time.h>
#include <sys/types.h>

/// What a child inherits: descriptor `source` of this process becomes `target` in it.
struct slipway_descriptor {
    int source;
    int target;
};

/// Starts `path` with exactly the descriptors listed (0 to 2 are /dev/null unless listed), in a
/// session of its own when `new_session` is set. All signals are unblocked and default in it.
/// `as_user`: from an ordinary user's namespaces it is started as that user again.
pid_t slipway_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *folder,
    const struct slipway_descriptor *descriptors, int descriptor_count, int new_session,
    int as_user);

/// A descriptor that becomes readable when the process ends (pidfd_open(2)).
int slipway_pidfd(pid_t pid);

/// Sends a signal through a pidfd, so that a reused pid is never hit.
int slipway_pidfd_signal(int pidfd, int signal);

/// Waits for a child: its exit code, or 128 + the signal that ended it.
int slipway_wait(pid_t pid);

/// Nanoseconds by one of the kernel's clocks (clock_gettime(2)). Which module gives Swift the
/// members of timespec depends on how a target is compiled, so they are read here.
int64_t slipway_nanoseconds(clockid_t clock);

/// A pipe whose ends are closed on exec.
int slipway_pipe(int ends[2]);

/// Whether a process lives (a zombie does not).
int slipway_is_alive(pid_t pid);

/// An epoll instance, a descriptor added to it, and a wait that gives the descriptors that are
/// readable: how many, or -1.
int slipway_poller(void);
int slipway_poller_add(int poller, int fd);
/// Takes a descriptor out again, which closing it does not do while a child that is being spawned
/// holds a copy (epoll(7)).
int slipway_poller_remove(int poller, int fd);
int slipway_poller_wait(int poller, int *ready, int capacity);

/// An inotify instance; a watch on writes to a file.
int slipway_notifier(void);
int slipway_notifier_watch(int notifier, const char *path);
/// Reads which watches saw something: how many, 0 for none now.
int slipway_notifier_read(int notifier, int *watches, int capacity);
int slipway_notifier_forget(int notifier, int watch);

/// A Unix socket that listens at `path` (unix(7)); its file is for its owner alone.
int slipway_socket_listen(const char *path);
/// Connects to a Unix socket; reads and writes give up after `timeout_seconds`.
int slipway_socket_connect(const char *path, int timeout_seconds);
/// Waits for the next caller; -1 with EPERM for one who is not this process' user or root.
int slipway_socket_accept(int listener, int timeout_seconds);
/// Ends an accept that waits in another thread.
int slipway_socket_stop(int listener);

/// Columns and rows of a terminal: 0, or -1 when the descriptor is none.
int slipway_terminal_size(int fd, int *columns, int *rows);

/// Has the signals write their number into a pipe, whose reading end is given, instead of ending
/// the process. One pipe a process.
int slipway_signals(const int *signals, int count);
/// The next signal's number; waits for it.
int slipway_signal_read(int fd);

/// Opens /dev/null for each of the descriptors 0 to 2 that is closed.
void slipway_fill_standard_descriptors(void);
