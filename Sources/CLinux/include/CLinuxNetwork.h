// Network namespaces. All return 0, or -1 with errno set.
#pragma once

/// Makes a network namespace with nothing but a loopback device that is up, and keeps it at `path`,
/// a file that exists, by a mount. `slipway_unmount` lets it go.
int slipway_make_network(const char *path);

/// The same for containers that have users of their own: the network belongs to a user namespace of
/// `slipway_user_namespace`'s kind, which is kept at `users`, another file, likewise. Containers
/// that join both may do in that network what root may.
int slipway_make_network_of_users(
    const char *path, const char *users, unsigned first, unsigned count);
