// User namespaces and content that shows other owners. All return 0 or a descriptor, or -1 with
// errno set.
#pragma once

#include <stdint.h>
#include <sys/types.h>

/// A user namespace whose users and groups 0, 1, … `count - 1` are those from `first` on of this
/// machine (user_namespaces(7)): an open descriptor. With `first` 0 they are those that this
/// process has itself, and `count` says nothing.
int slipway_user_namespace(unsigned first, unsigned count);

/// A process that does nothing, in such a user namespace and others (`CLONE_NEW…`) that belong to
/// it, for as long as somebody looks at them; then `slipway_end_with_users`.
pid_t slipway_start_with_users(int namespaces, unsigned first, unsigned count);
void slipway_end_with_users(pid_t child);

/// Whether this kernel lets a container have users of its own: makes a user namespace with a mount
/// and a pid namespace and mounts `/proc` in it, at `target`, which only that one sees.
int slipway_probe_users(const char *target);

/// Shows a folder or file at a second place, where what belongs to user 0 belongs to the user
/// namespace's user 0, and so on (mount_setattr(2), MOUNT_ATTR_IDMAP). EINVAL where the file
/// system cannot.
int slipway_bind_mapped(const char *source, const char *target, int user_namespace);

/// Gives each file below `path`, itself included, from user `from + n` to `to + n`, for `n` below
/// `count`, groups likewise; others go to nobody. Modes stay; links are not followed. What has the
/// new owner already is left alone, so that it can be done again after it was cut off.
int slipway_shift_tree(const char *path, unsigned from, unsigned to, unsigned count);
