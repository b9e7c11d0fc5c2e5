// File systems of an attempt's own: in memory, and in a file.
// All return 0 or a value >= 0, or -1 with errno set.
#pragma once
#include <stdint.h>

/// Mounts a file system in memory at `target`, of at most `bytes`; never written to swap where the
/// kernel can promise that (Linux 6.4). Nothing on it is run, is a device or changes a user.
int slipway_mount_memory(const char *target, int64_t bytes);

/// Mounts the ext4 file system that the file `image` holds at `target`. The loop device goes with
/// the mount. ENODEV where the kernel has no loop devices to give.
int slipway_mount_image(const char *image, const char *target, int read_only);

/// Whether a file system has less than a 16th of its blocks left, and less than `most` bytes, or no
/// file to give: 1 or 0.
int slipway_is_full(const char *path, int64_t most);
