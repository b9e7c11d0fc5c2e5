// System calls on files that Swift's C library module lacks or cannot call safely.
// All return 0 or a value >= 0, or -1 with errno set.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Opens `path` below the folder `root_fd`; nothing of it may lead out (openat2(2),
/// RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS). `follow` = 0 refuses every symbolic link.
int slipway_open_beneath(int root_fd, const char *path, int flags, unsigned mode, int follow);

/// Removes a file or a folder with all it holds; never follows links; nothing there is success.
int slipway_remove_tree(const char *path);

/// Mounts `lower` (topmost first, absolute, joined by ':') under `upper` with `work` at `target`,
/// which is absolute. E2BIG when they are more than overlayfs takes (500).
int slipway_mount_overlay(
    const char *lower, const char *upper, const char *work, const char *target);
/// The same, where the owner of many files is about to change: their content is copied only when
/// somebody writes to it (overlayfs' `metacopy`).
int slipway_mount_overlay_owned(
    const char *lower, const char *upper, const char *work, const char *target);
/// Detaches whatever is mounted at `target`; nothing mounted there is success.
int slipway_unmount(const char *target);

/// Sets an extended attribute of an open file, or of a path without following links.
int slipway_set_attribute(const char *path, const char *name, const void *value, size_t size);

/// Creates a character device 0/0, overlayfs' mark for a removed file.
int slipway_make_whiteout(int folder_fd, const char *name);

/// Takes an exclusive lock on an open file; with `wait` = 0 fails with EWOULDBLOCK.
int slipway_lock(int fd, int wait);

/// Takes a lock that others may share, and waits for one who has it alone.
int slipway_lock_shared(int fd);

/// Lets such a lock go.
int slipway_unlock(int fd);

/// Takes an exclusive lock on a file that is open for writing, for as long as it is open
/// (fcntl(2), open file description locks); fails with EAGAIN when somebody else has it.
int slipway_hold(int fd);
/// Whether somebody else holds that lock: 1 or 0. The look takes nothing.
int slipway_is_held(int fd);

/// Sets a file's time of change of content to now; a link is not followed.
int slipway_touch(const char *path);

/// Adds up what a file, or a folder with all it holds, takes on its disk; never follows links or
/// goes to another disk. A file of several names counts in shares, one for each. Nothing there is
/// success, and so is what goes away meanwhile.
int slipway_disk_use(const char *path, int64_t *bytes, int64_t *files);

/// The kernel's time as it puts it on files (CLOCK_REALTIME_COARSE), in nanoseconds since 1970.
int64_t slipway_file_time(void);

/// Bytes of the file system that holds `path` which this user may still write.
int64_t slipway_free_bytes(const char *path);

/// Whether the file system that holds a folder takes no writes: 1 or 0.
int slipway_is_read_only(const char *folder);

/// Lays owner, mode and time on a name in an open folder; links are never followed.
/// `is_link` skips the mode, which links lack. Bits beyond 0777 survive the change of owner.
int slipway_set_metadata(
    int folder_fd, const char *name, unsigned user, unsigned group, unsigned mode,
    int64_t modified_seconds, int is_link, int set_owner);

int slipway_set_attribute_at(
    int folder_fd, const char *name, const char *attribute, const void *value, size_t size);

/// Whether the name in the folder is overlayfs' mark for a removed file.
int slipway_is_whiteout(int folder_fd, const char *name);

/// The type bits of a name in a folder (S_IFMT), or -1.
int slipway_kind_at(int folder_fd, const char *name);

/// Shows a folder at a second place.
int slipway_bind(const char *source, const char *target, int is_writable);

/// Takes `nosuid`, `nodev` and the like from a mount: whoever is root of a user namespace alone
/// cannot mount it anew without them, and some runtimes do.
int slipway_unlock_mount(const char *target);

/// Renames; fails with EEXIST when something stands at `target` (renameat2(2)).
int slipway_rename_new(const char *path, const char *target);

/// A file in memory that has no name (memfd_create(2)).
int slipway_memory_file(void);

/// Writes out the file system that holds an open file (syncfs(2)).
int slipway_sync_disk(int fd);

/// Gives a file, or a folder with all it holds, to a user; never follows links.
int slipway_own_tree(const char *path, unsigned user, unsigned group);
