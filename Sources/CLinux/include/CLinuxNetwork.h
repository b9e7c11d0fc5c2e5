// Network namespaces. All return 0, or -1 with errno set.
#pragma once

/// Makes a network namespace with nothing but a loopback device that is up, and keeps it at `path`,
/// a file that exists, by a mount. `slipway_unmount` lets it go.
int slipway_make_network(const char *path);
