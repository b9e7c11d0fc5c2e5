// The namespaces in which an ordinary user's slipway runs: a user namespace where that user is root
// over the ranges of /etc/subuid, and a mount namespace of its own (docs/decisions/0029).
// All return 0 or a value >= 0, or -1 with errno set.
#pragma once
#include <stdint.h>
#include <sys/types.h>

/// The user of this machine that this process is, where it runs in such namespaces; -1 elsewhere.
int64_t slipway_rootless_user(void);
int64_t slipway_rootless_group(void);
/// Says that this process runs in such namespaces. -1 with EINVAL when it is not root in a user
/// namespace, on behalf of somebody who is not.
int slipway_rootless_entered(void);

/// Makes this process, a child that is about to become another program, the user again that it acts
/// for: in a user namespace that has no others. Nothing to do elsewhere.
int slipway_become_user(void);

/// Whether this process sees all users of the machine: 1, or 0 in a user namespace.
int slipway_sees_all_users(void);

/// Starts a process that keeps namespaces: it unshares them, or joins those of `like` (a pidfd; -1
/// for new ones), lays a file system in memory over `folder`, and becomes this program with
/// `arguments`, in a session of its own and with the other end of `control` as descriptor 3.
/// Gives its pid when the user namespace is there and waits for its maps. Only for a process of
/// one thread.
pid_t slipway_keeper_start(
    const char *folder, char *const arguments[], char *const environment[], int like,
    int *control);
/// The maps are written: has it go on, and waits until it keeps the namespaces. What went wrong in
/// it is errno, and `step` says at what.
int slipway_keeper_go(int control, const char **step);
/// The keeper's own word that it is ready, to whoever started it.
int slipway_keeper_ready(void);

/// Who holds the record lock on the first byte of a file (fcntl(2), F_GETLK): a pid, 0 for nobody.
pid_t slipway_record_holder(int fd);
/// Takes the record lock on a byte, for as long as this process has no descriptor of the file
/// closed; with `wait` = 0 fails with EAGAIN.
int slipway_record_lock(int fd, int byte, int wait);
int slipway_record_unlock(int fd, int byte);

/// Becomes root in the namespaces of a process (setns(2)); the working folder stays. Only for a
/// process of one thread.
int slipway_join(int pidfd);
